// @ts-check
/** Files that the page gives to its visitor. */

/** For the browser to have begun with it. */
const KEPT = 1000;

/**
 * @param {string} name
 * @param {Blob | string} content
 * @param {string} [type]
 */
export function save(name, content, type = "application/json") {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const address = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT);
}

/**
 * @param {string} text
 * @param {string} said once it is copied
 * @param {(text: string) => void} toast
 */
export async function copy(text, said, toast) {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toast(copyByHand(text) ? said : "The browser does not allow the page to copy.");
  }
}

/** Where the clipboard is closed to scripts: on a page without TLS. @param {string} text */
function copyByHand(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
