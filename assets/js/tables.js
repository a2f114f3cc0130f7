// What views of the old kind import from here.
export { SETTINGS, STAGES } from "../shell/tables.js";
