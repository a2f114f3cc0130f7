// @ts-check
/**
 * What one can do here and now, for Find: with the words by which somebody looks for it.
 *
 * @import { MountedView } from "../view/mounted"
 * @import { Page } from "../page"
 * @import { Act } from "./places"
 */
import { headName } from "../../kit/numbers/format.js";
import { openKeyList, openMap, openRuns, openSourceOf, share } from "../doors.js";
import { press } from "../server/server.js";
import { choices } from "../sidebar/offers.js";
import { DOCS } from "./definitions.js";

/** Words by which people look for an intervention. */
const CHANGES = ["ablate", "ablation", "intervene", "intervention", "switch off", "knock out", "remove"];
const EXPORTS = ["save", "download", "csv", "json", "npz", "png", "svg", "picture", "html", "notebook", "ipynb"];

/** What `make docs` builds; a server without it says so there. @type {Act} */
const DOCUMENTATION = {
  title: "Documentation",
  text: "Guides, measured figures, and the reference of the code",
  also: ["docs", "guide", "manual", "api", "reference", "help"],
  act: () => open(DOCS.href, "_blank", "noopener"),
};

/** @param {Page} page @returns {Act[]} */
export function acts(page) {
  const { store, live } = page;
  return [
    ...(live ? [...running(page), DOCUMENTATION] : []),
    ...(live && store.run ? changing(page) : []),
    ...page.panels.mounted.flatMap((each) => ofView(page, each, live)),
    ...around(page),
  ];
}

/** @param {Page} page @returns {Act[]} */
const running = (page) => [
  { title: "Run the prompt", text: "Ctrl Enter", also: ["generate", "start", "go"], act: () => press("run") },
  {
    title: "Compare with another run",
    text: "Choose a run of this browser, or write another prompt",
    also: ["two runs", "side by side", "difference", "diff"],
    act: () => openRuns(page),
  },
  {
    title: "Share this view",
    text: "Copy a link with the model, the prompt, the panel and the selection",
    also: ["link", "copy", "url", "send"],
    act: () => share(page, null),
  },
  { title: "Undo the last change", text: "Ctrl Z", also: ["back", "revert"], act: () => page.stack.takeBack() },
  { title: "Redo the change", text: "Ctrl Shift Z", also: ["again"], act: () => page.stack.takeAgain() },
];

/** What can be changed in the run where something is selected. @param {Page} page @returns {Act[]} */
function changing({ store, actions, panels }) {
  const run = /** @type {NonNullable<typeof store.run>} */ (store.run);
  const { layer, head } = store.focus;
  const named = layer !== null && head !== null ? `Ablate head ${headName(layer, head)}` : "";
  return choices(run, store.focus).flatMap(({ label, text, panel }, at) => {
    const act = text ? () => actions.intervene(text) : panel && (() => panels.open(panel));
    if (!act) return [];
    const said =
      at === 0 && named ? { title: named, text: `${label}: it writes nothing, and the model runs again` } : null;
    return [{ title: label, text: "Changes the model and runs again", also: CHANGES, ...said, act }];
  });
}

/** @param {Page} page @param {MountedView} mounted @param {boolean} live @returns {Act[]} */
function ofView(page, mounted, live) {
  const { panel, view, frame } = mounted;
  const menu = () => {
    panels.show(view.name);
    frame.menu.button?.click();
  };
  const { panels } = page;
  const source = () => openSourceOf(page, panel, view);
  return [
    { title: `Export ${frame.title}`, text: "Data, table, picture or notebook", also: EXPORTS, act: menu },
    ...(live
      ? [
          {
            title: `Source of ${frame.title}`,
            text: "The code that computes it",
            also: ["code", "python"],
            act: source,
          },
        ]
      : []),
  ];
}

/** @param {Page} page @returns {Act[]} */
function around(page) {
  const { dark } = page.theme;
  const turn = () => /** @type {HTMLElement | null} */ (document.querySelector(".theme"))?.click();
  return [
    {
      title: `Switch to ${dark ? "light" : "dark"} mode`,
      text: "Colours of the page",
      also: ["theme", "night"],
      act: turn,
    },
    {
      title: "Map of the stack",
      text: "Every panel, at its place between a text and the next token",
      also: ["overview", "contents", "where", "chapters", "index", "all panels"],
      act: () => openMap(page),
    },
    {
      title: "Lessons",
      text: "All lessons, and your place in each",
      also: ["learn", "course", "teach", "tutorial"],
      act: () => page.lessons("list"),
    },
    {
      title: "Take the five-minute tour",
      text: "Follow one word through the model",
      also: ["new here", "help", "introduction", "begin"],
      act: () => page.lessons("tour"),
    },
    {
      title: "Runs",
      text: "The runs that this browser keeps",
      also: ["history", "previous"],
      act: () => openRuns(page),
    },
    { title: "Keyboard shortcuts", text: "Press ?", also: ["keys", "hotkeys", "help"], act: () => openKeyList(page) },
    { title: "Print this panel", text: "On paper or as PDF", also: ["pdf", "paper"], act: () => print() },
  ];
}
