// @ts-check
/**
 * What the views of the panel are set by: the matrix, the format, the order of the columns.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { segmented } from "../../../kit/controls.js";
import { select } from "../../../kit/select.js";

/** What a matrix is called on the page. @type {Record<string, string>} */
export const ROLES = {
  W_Q: "W_Q, queries",
  W_K: "W_K, keys",
  W_V: "W_V, values",
  W_O: "W_O, attention out",
  W_gate: "W_gate",
  W_in: "W_in",
  W_out: "W_out, MLP out",
  gate_in: "expert’s gate and in",
  out: "expert’s out",
};

/** @param {{ roles: string[], role: string }} data @param {ViewContext<any>} ctx */
export const roleOf = ({ roles, role }, ctx) =>
  select({
    label: "Matrix",
    choices: roles.map((each) => [each, ROLES[each] ?? each]),
    chosen: role,
    choose: (each) => ctx.control("role", each),
  });

/** @param {{ formats: { name: string, title: string }[], format: string }} data @param {ViewContext<any>} ctx */
export const formatOf = ({ formats, format }, ctx) =>
  select({
    label: "Format",
    choices: formats.map(({ name, title }) => [name, title]),
    chosen: format,
    choose: (each) => ctx.control("format", each),
  });

/** @param {string} chosen @param {(order: string) => void} choose */
export const orderOf = (chosen, choose) =>
  segmented({
    label: "Order of the columns",
    choices: [
      ["matrix", "Matrix order"],
      ["act", "Act-order", "The largest activations first"],
    ],
    chosen,
    choose,
  });
