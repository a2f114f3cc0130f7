// @ts-check
/** Where the page's other files lie: a folder above this module's, in a checkout as in a bundle. */

/** A page of one file knows its own. @type {any} */
const own = globalThis;

/** @param {string} path in `assets` */
export const asset = (path) => new URL(own.explorerFile?.(path) ?? `../${path}`, import.meta.url);
