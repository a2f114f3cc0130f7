// @ts-check
/**
 * The keys of the page and of the pictures that are on it, in one list.
 *
 * @import { MountedView } from "../view/mounted"
 * @import { Shortcut } from "./picture_keys"
 */
import { asset } from "../../kit/asset.js";
import { html, nothing, render } from "../../vendor/lit.js";
import { dialog } from "../dialog.js";
import { wear } from "../views.js";
import { ofPicture } from "./picture_keys.js";

/** @type {Shortcut[]} */
const PAGE = [
  ["Ctrl Enter", "Run the prompt"],
  ["Ctrl K", "Find a panel, a term, a head, a token or an action"],
  ["Ctrl Z, Ctrl Shift Z", "Undo or redo the last intervention or forced token"],
  ["Tab", "Go to the next button or picture"],
  ["Enter, Space", "Press the button or the mark that has the focus"],
  ["Esc", "Close a dialog, leave full screen"],
  ["?", "Show this list"],
];
/** @type {Shortcut} */
const STRIP = ["← → Home End", "On the row of tokens: select another token"];
/** @type {Shortcut} */
const TABS = ["← → Home End", "On a row of tabs: open another chapter or panel"];
/** @type {Shortcut} */
const LESSON = ["← →", "In a lesson: go to the step before or after"];
wear(asset("shell/shortcuts/key_list.css"));
const PICTURES = "[data-rove], [role=application], [role=grid], [role=slider]";

/** Each name once. @param {MountedView} mounted */
function ofView({ frame }) {
  /** @type {Map<string, Shortcut>} */
  const keys = new Map();
  for (const each of frame.body.querySelectorAll(PICTURES)) {
    const label = each.getAttribute("aria-label");
    if (label && each.checkVisibility()) keys.set(label, ofPicture(label, each.hasAttribute("data-rove")));
  }
  return { title: frame.title, keys: [...keys.values()] };
}

/** @param {{ mounted: MountedView[], title: string, run: boolean, lesson: boolean }} here what is on the page */
export function openKeys({ mounted, title, run, lesson }) {
  const box = dialog("keybox", { label: "Keyboard shortcuts" });
  const views = mounted.map(ofView).filter(({ keys }) => keys.length);
  const page = [...PAGE, ...(run ? [STRIP] : []), TABS, ...(lesson ? [LESSON] : [])];
  render(
    html`
      <div class="dlghead"><h2>Keyboard shortcuts</h2>
        <button class="btn ghost" type="button" aria-label="Close" @click=${() => box.close()}>×</button></div>
      ${listed(page, true)}
      ${views.length ? html`<h3>Panel ${title}</h3>` : nothing}
      ${views.map((view) => html`<h4>${view.title}</h4>${listed(view.keys, false)}`)}
      ${views.length ? html`<p class="hint">Tab goes to a picture. Then its keys work.</p>` : nothing}`,
    box,
  );
  if (!box.open) box.showModal();
}

/** @param {Shortcut[]} rows @param {boolean} keyed whether the names are keys */
const listed = (rows, keyed) =>
  html`<dl class="keylist">
    ${rows.map(([name, does]) => html`<div><dt>${keyed ? html`<kbd>${name}</kbd>` : name}</dt><dd>${does}</dd></div>`)}
  </dl>`;
