// Head card: how one head reads, what it writes, the answer without it, its texts.
import { drawn } from "../js/drawn.js";
import * as places from "./overview/head_card/places.js";
import * as removed from "./overview/head_card/removed.js";
import * as roles from "./overview/head_card/roles.js";

export const views = {
  roles: drawn(roles, "roles"),
  removed: drawn(removed, "removed"),
  places: drawn(places, "places"),
};
