// @ts-check
/** Words that are too long for a cell. @type {Record<string, string>} */
export const SHORT = { "top-left": "↖", "top-right": "↗", "bottom-left": "↙", "bottom-right": "↘" };
