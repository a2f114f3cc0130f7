// @ts-check
/** What matrices and formats are called on the page. */

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

/** @param {readonly string[]} roles @returns {[string, string][]} */
export const namedRoles = (roles) => roles.map((each) => [each, ROLES[each] ?? each]);

/** @param {readonly { name: string, title: string }[]} formats @returns {[string, string][]} */
export const namedFormats = (formats) => formats.map(({ name, title }) => [name, title]);
