// SPDX-License-Identifier: Apache-2.0
import "./city.mjs";
import "./sheet.mjs";
import "./pages.mjs";
import "./subscriptions.mjs";
import "./import.mjs";
import "./crowd.mjs";
import { runAll } from "./browser.mjs";

process.exit((await runAll(process.argv.slice(2))) ? 0 : 1);
