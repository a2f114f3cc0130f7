// @ts-check
/** Light and dark: as the link says, else as the visitor's system does, until the button is pressed. */
import { forgetColours } from "../kit/colour/theme.js";

export class Theme {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    document.addEventListener("click", (event) => {
      if (/** @type {Element} */ (event.target).closest?.(".theme")) this.#set(!this.dark);
    });
    addEventListener("beforeprint", () => {
      const { dark } = this;
      this.#set(false); // paper is white
      addEventListener("afterprint", () => this.#set(dark), { once: true });
    });
    const said = new URLSearchParams(location.search).get("__theme");
    const system = matchMedia("(prefers-color-scheme: dark)").matches;
    this.#set(said === "dark" || (said !== "light" && system));
  }

  get dark() {
    return document.documentElement.dataset.theme === "dark";
  }

  /** @param {boolean} dark */
  #set(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.body.classList.toggle("dark", dark);
    forgetColours();
    for (const button of document.querySelectorAll(".theme")) {
      button.textContent = dark ? "Light" : "Dark";
      button.setAttribute("aria-label", `Switch to ${dark ? "light" : "dark"} theme`);
    }
    this.changed();
  }
}
