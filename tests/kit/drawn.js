/**
 * A template as markup, and what its events do: for tests of what the kit draws, without a page.
 */
Object.assign(globalThis, {
  document: { createTreeWalker: () => null, createComment: () => null }, // lit’s alone
  OffscreenCanvas: class {
    getContext = () => ({ measureText: (/** @type {string} */ text) => ({ width: 6 * text.length }) });
  },
});

/** Values that leave an attribute out, or nothing in a place. @param {any} value */
const absent = (value) => value === null || value === undefined || value === "" || typeof value === "symbol";

/** @param {any} made @returns {string} */
export function markup(made) {
  if (absent(made) || typeof made === "function") return "";
  if (Array.isArray(made)) return made.map(markup).join("");
  if (!made.strings) return String(made);
  let text = "";
  made.strings.forEach((/** @type {string} */ part, /** @type {number} */ at) => {
    text += part;
    if (at >= made.values.length) return;
    const value = made.values[at];
    const attribute = /\s([@.?]?[\w-]+)=$/.exec(text);
    if (!attribute) text += markup(value);
    else if (absent(value) || attribute[1].startsWith("@")) text = text.slice(0, attribute.index);
    else text += `"${markup(value)}"`;
  });
  return text.replaceAll(/\s+/g, " ");
}

/**
 * All handlers of an event, in the order of the template.
 * @param {any} made
 * @param {string} event
 * @returns {Function[]}
 */
export function handlers(made, event) {
  if (Array.isArray(made)) return made.flatMap((each) => handlers(each, event));
  if (!made?.strings) return [];
  return made.values.flatMap((/** @type {any} */ value, /** @type {number} */ at) =>
    made.strings[at].endsWith(`@${event}=`) && typeof value === "function" ? [value] : handlers(value, event),
  );
}

/** The attributes of every element of a name. @param {any} made @param {string} name */
export const elements = (made, name) =>
  [...markup(made).matchAll(new RegExp(`<${name}\\b([^>]*)>`, "g"))].map(([, attributes]) =>
    Object.fromEntries([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  );
