// @ts-check
/**
 * What can be saved of a view: its data, its numbers as a table, its picture.
 *
 * @import { Address } from "../address/address"
 * @import { Item } from "../menu"
 * @import { Service } from "../parts"
 * @import { MountedView } from "../view/mounted"
 * @import { Store } from "../store"
 */

import { plain } from "../server/payload.js";
import { toast } from "../toast.js";
import { summary } from "../view/checks.js";
import { csv } from "./csv.js";
import { save } from "./files.js";

const PROMPT = 120;

/**
 * @param {MountedView} mounted
 * @param {{ store: Store, address: Address, server: Service }} page
 * @returns {Item[]}
 */
export function exportsOf(mounted, page) {
  const { frame, view } = mounted;
  const rows = mounted.rows();
  /** @type {Item[]} */
  const items = [["Data, JSON", () => save(`${view.name}.json`, JSON.stringify(data(mounted), null, 1))]];
  if (rows)
    items.push(["Table, CSV", () => save(`${view.name}.csv`, csv(rows, frame.checks, told(mounted)), "text/csv")]);
  if (!mounted.entry?.absent) items.push(["Arrays, NPZ", () => arrays(mounted)]);
  if (!mounted.entry?.absent && !frame.body.hidden) items.push(...pictures(mounted));
  const away = async (/** @type {"panel_file" | "panel_notebook"} */ what) =>
    (await import("./take_away.js")).takeAway(what, mounted.panel, page);
  if (!page.store.recorded?.kept)
    items.push(
      ["Panel as one file, HTML", () => away("panel_file")],
      ["Notebook, .ipynb", () => away("panel_notebook")],
    );
  return items;
}

/**
 * @param {MountedView} mounted
 * @returns {Item[]}
 */
function pictures(mounted) {
  const { frame, view } = mounted;
  const tried = (/** @type {() => Promise<void>} */ act) => () =>
    act().catch((error) => toast(`The page could not make the picture: ${error.message}`));
  /** @type {Item[]} */
  const items = [];
  const loaded = () => import("./picture.js"); // it is large, and seldom asked for
  const draw = async () => (await loaded()).picture(frame.body, said(mounted));
  const pixels = async () => (await loaded()).pixels(await draw(), said(mounted));
  if (frame.body.querySelector("svg, canvas")) {
    items.push(["Picture, SVG", tried(async () => save(`${view.name}.svg`, (await draw()).text, "image/svg+xml"))]);
  }
  items.push(["Picture, PNG", tried(async () => save(`${view.name}.png`, await pixels()))]);
  return items;
}

/** Its arrays for numpy. @param {MountedView} mounted */
async function arrays(mounted) {
  const { npz } = await import("./arrays.js");
  const { data: _, rows, other_run: __, ...about } = data(mounted);
  const there = mounted.exportedThere();
  const own = mounted.exported() ?? mounted.entry?.data ?? {};
  const file = npz(there ? { ...own, other_run: there } : own, about);
  save(`${mounted.view.name}.npz`, new Blob([file], { type: "application/zip" }));
}

/** @param {MountedView} mounted */
function data(mounted) {
  const { panel, view, frame, entry, at } = mounted;
  return {
    view: view.name,
    panel: panel.name,
    title: frame.title,
    run: at.run?.query,
    link: at.link,
    focus: at.focus,
    checks: frame.checks,
    rows: mounted.rows() ?? undefined,
    data: plain(mounted.exported() ?? entry?.data ?? {}),
    ...otherRun(mounted),
  };
}

/** The other run: which it is, which positions belong together, and its data. @param {MountedView} mounted */
function otherRun(mounted) {
  const found = mounted.entry?.there;
  if (!found) return {};
  const { run, places, shared } = found;
  return { other_run: { run: run?.query, places, shared, data: plain(mounted.exportedThere() ?? {}) } };
}

/** Lines on top of a table. @param {MountedView} mounted */
function told(mounted) {
  const { title, run, link } = said(mounted);
  return [title, run, link].filter(Boolean);
}

/** @param {MountedView} mounted */
export function said({ panel, frame, at }) {
  const { run, link } = at;
  const text = run && run.text.length > PROMPT ? `${run.text.slice(0, PROMPT)}…` : run?.text;
  return {
    title: frame.title,
    about: frame.about,
    origin: [...frame.provenance, summary(frame.checks)].filter(Boolean).join(" · "),
    run: [panel.title, run?.model.title, text && `“${text.replace(/\s+/g, " ")}”`].filter(Boolean).join(" · "),
    link,
  };
}
