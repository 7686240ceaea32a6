// SPDX-License-Identifier: Apache-2.0
// All that is on the map, in as few questions as possible: the models' types at once, and
// beside them which other types there are.
import { API, entities, json } from "./broker.js";
import { MAPPED, SHOWN, model } from "./models.js";

const MOST = 20000;

async function ask() {
  const found = [];
  const take = (page, total) => {
    found.push(...page);
    document.dispatchEvent(new CustomEvent("city", { detail: { n: found.length, total } }));
  };
  const mapped = entities({ type: MAPPED.join(","), format: "concise", pick: SHOWN.join(",") }, take, { most: MOST });
  const listed = json(`${API}/types`).then(({ typeList }) => typeList.filter((type) => !model(type).apart).sort());
  const others = listed.then((types) => {
    const unknown = types.filter((type) => !MAPPED.includes(type));
    return unknown.length > 0 && entities({ type: unknown.join(","), format: "concise" }, take, { most: MOST });
  });
  const [types] = await Promise.all([listed, mapped, others]);
  return { types, found };
}

/** {types, found: [entity (concise)]}, as this module is loaded; events "city" tell how far
 * it is. */
export const asked = ask();
asked.catch(() => {}); // the page looks at it later
