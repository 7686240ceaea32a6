// SPDX-License-Identifier: Apache-2.0
// What a file holds, looked at in the browser: columns and first rows.

const LOOK = 65536; // bytes
const ROWS = 5;

async function textOf(file) {
  const bytes = await file.slice(0, LOOK).arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

const separatorOf = (line) => [";", ",", "\t", "|"].map((one) => [line.split(one).length, one]).sort((a, b) => b[0] - a[0])[0][1];

/** Rows of cells; quoted ones may hold separators and line ends. */
function cells(text, separator) {
  const rows = [];
  let [row, cell, quoted] = [[], "", false];
  for (let i = 0; i < text.length && rows.length <= ROWS; i++) {
    const c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === separator) {
      row.push(cell);
      cell = "";
    } else if (!quoted && c === "\n") {
      rows.push([...row, cell.replace(/\r$/, "")]);
      [row, cell] = [[], ""];
    } else cell += c;
  }
  if (rows.length <= ROWS && (cell !== "" || row.length > 0)) rows.push([...row, cell]);
  return rows.filter((one) => one.some((value) => value !== ""));
}

function features(text) {
  const first = text.match(/"properties"\s*:\s*({[^{}]*})/)?.[1];
  try {
    const properties = JSON.parse(first);
    return { columns: Object.keys(properties), rows: [Object.values(properties).map(String)] };
  } catch {
    return { columns: [], rows: [] };
  }
}

/** {type: its media type, columns: [name], rows: [[text]], own: is it an export of ours?} */
export async function lookAt(file) {
  const text = (await textOf(file)).replace(/^\ufeff/, "");
  if (/^\s*[{[]/.test(text)) return { type: "application/geo+json", own: /"id"\s*:\s*"urn:/.test(text), ...features(text) };
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const [columns = [], ...rows] = cells(lines.join("\n"), separatorOf(lines[0] ?? ""));
  return { type: "text/csv", columns, rows, own: columns[0] === "id" && columns[1] === "type" };
}
