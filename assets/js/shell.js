// For a server that was started before the page's script moved: it asks for this one.
import { loadStyle } from "../shell/styles.js";

const PARTS = ["frame", "sidebar", "source", "strip"];
for (const href of ["../kit/kit.css", ...PARTS.map((part) => `../shell/${part}.css`)]) loadStyle(new URL(href, import.meta.url));
export { mount } from "../shell/page.js";
