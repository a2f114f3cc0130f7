// @ts-check
/** @type {Set<string>} */
const loaded = new Set();

/** @param {URL} address of a stylesheet, linked once */
export function loadStyle({ href }) {
  if (loaded.has(href)) return;
  loaded.add(href);
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}
