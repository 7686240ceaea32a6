// SPDX-License-Identifier: Apache-2.0
// The home page.  Its data are asked for before anything else is made.
import { asked } from "./city_data.js";
import { mapPage } from "./map_page.js";
import { shell } from "./shell.js";

mapPage(shell("/"), asked);
