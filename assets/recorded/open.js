// @ts-check
/**
 * Opens the page on recordings: the page's own script, with a recording where the live page has a server.
 *
 * @import { RecordedPage } from "../shell/parts"
 * @import { Request, ViewSpec } from "../shell/protocol"
 * @import { Step } from "./recorded"
 * @import { Opened } from "./recorded_files"
 */

import { changed } from "../shell/address/link.js";
import { Directory } from "../shell/directory.js";
import { mount } from "../shell/page.js";
import { said } from "../shell/saving/exports.js";
import { SELECTION, TABLES } from "../shell/server/tables.js";
import { html, nothing } from "../vendor/lit.js";
import { Host } from "./host.js";
import { Recording } from "./recording.js";
import { notice, Told } from "./told.js";

/** The chapters of a page of recordings: those that it has. A panel that it lacks leaves the page as it is. */
class Recorded extends Directory {
  /** @param {() => string} here the panel on the page @param {() => void} missing */
  constructor(here, missing) {
    super();
    this.here = here;
    this.missing = missing;
  }

  /** @param {string} name */
  async read(name) {
    const found = this.find(name);
    if (!found) this.missing();
    return found ?? this.find(this.here()) ?? this.panels[0];
  }
}

/** @param {Opened} opened */
export function open(opened) {
  /** @type {RecordedPage} */
  let page;
  const recording = new Recording(opened, { absent, go: (step) => go(step) }, TABLES);
  const start = recording.step(location.search || opened.link) ?? opened.steps[0];
  const told = new Told(opened, start, () => live(page.address.link()));

  /** The same place on a server that runs anything. @param {string} link */
  const live = (link) => opened.live && opened.live + link;

  /** @param {Request} request @param {ViewSpec} view */
  function absent({ focus }, view) {
    const at = SELECTION.filter(({ name }) => view.depends.includes(name) && (focus?.[name] ?? null) !== null);
    const place = at.map(({ name, label }) => `${label} ${focus?.[name]}`).join(", ");
    const why = place ? "Some selections near the recorded one were stored with it." : "A running explorer answers it.";
    const hint = html`${why}
      <span class="ways">
        <button class="btn" type="button" @click=${back}>Back to the recorded selection</button>
        ${runLive(live(page.address.link(view.name)))}
      </span>`;
    const message = place ? `This is not recorded: ${place}.` : "This is not recorded.";
    return { message, hint: /** @type {string} */ (/** @type {unknown} */ (hint)) };
  }

  async function back() {
    const { answers } = await recording.files.file(told.step);
    page.store.controls = { ...page.store.controls, [told.step.panel]: { ...answers[0].controls } };
    page.store.set(answers[0].focus);
    page.store.tell("controls", { panel: told.step.panel, name: "" });
  }

  /** @param {Step} step */
  async function go(step) {
    told.at(step);
    host.tell(await recording.of(step));
  }

  /** Something that only a server does: the page stays as it is. @param {string} said @param {Request} [request] */
  function refuse(said, request) {
    page.store.settle();
    const link = page.address.link();
    notice(
      said,
      runLive(
        live(request?.query ? `?${changed(link, Object.fromEntries(new URLSearchParams(request.query)))}` : link),
      ),
    );
  }

  const host = new Host(/** @type {HTMLElement} */ (document.getElementById("stageview")), recording, {
    refuse,
    prepare(made) {
      page = made;
      const { store, address } = page;
      if (!opened.lessons.length) untaught(page);
      store.recorded = { query: start.query, kept: true };
      store.directory = new Recorded(
        () => store.panel,
        () => refuse("This panel is not recorded."),
      );
      address.place = placeOf(opened, recording, () => (recording.step(location.search) ?? start).link);
      store.on((what) => what === "panel" && told.opened(store.panel));
    },
  });
  window.explorerFound = () => host.answer();
  Object.assign(window, { explorerPicture: (/** @type {string} */ view) => pictureOf(page, view) });
  told.draw();
  addEventListener("popstate", () => told.at(recording.step(location.search) ?? told.step));
  mount(host);
}

/** A view as SVG, for a script that opened the page. @param {RecordedPage} page @param {string} view */
async function pictureOf(page, view) {
  const mounted = page.panels.find(view);
  if (!mounted) throw new Error(`There is no view ${view}`);
  const { picture } = await import("../shell/saving/picture.js");
  return (await picture(mounted.frame.body, said(mounted))).text;
}

/** There is no lesson here to be offered, listed or taken up again. @param {RecordedPage} page */
function untaught(page) {
  page.lessons = async () => {};
  document.body.classList.add("untaught");
}

/**
 * Where the page stands: an address that names no run is the recorded place's; a file of its own has none that others
 * could open.
 * @param {Opened} opened
 * @param {Recording} recording
 * @param {() => string} recorded the link of the recorded place of such an address
 */
function placeOf({ link, live }, recording, recorded) {
  return {
    get search() {
      return recording.runOf(location.search) ? location.search : recorded();
    },
    get base() {
      return link ? live : location.origin + location.pathname;
    },
  };
}

/** @param {string} link */
const runLive = (link) =>
  link ? html`<a class="btn primary" href=${link} target="_blank" rel="noopener">Run live</a>` : nothing;
