// @ts-check
/**
 * How the page opens: what the link asks for is on its way at once, and where it asks for nothing of its own a stored
 * real run stands there until the live one comes.
 *
 * @import { Address } from "./address"
 * @import { Panels } from "../view/panels"
 * @import { Requests, Work } from "../server/requests"
 * @import { Store } from "../store"
 */
import { unpack } from "../server/payload.js";
import { showStatus } from "../strip/status.js";
import { drawablesOf } from "../views.js";

export class Opening {
  /**
   * @param {{ store: Store, address: Address, work: Work, requests: Requests, panels: Panels, stage: HTMLElement,
   *   drawRun: () => void }} page
   */
  constructor({ store, address, work, requests, panels, stage, drawRun }) {
    this.store = store;
    this.address = address;
    this.work = work;
    this.requests = requests;
    this.panels = panels;
    this.stage = stage;
    this.drawRun = drawRun;
  }

  async start() {
    const { store, work } = this;
    if (/[?&]s=/.test(location.search)) await unfold();
    const { search } = location;
    const query = this.address.read();
    const [wished, focus] = [store.panel, { ...store.focus }];
    store.linked = query;
    /** @type {import("../protocol").OpeningFile} */
    const opening = await (await window.explorerOpening).json();
    store.directory.open(opening);
    const panel = await store.directory.read(store.panel);
    if (search && !store.recorded) this.#note(search);
    drawablesOf(panel).catch(() => {}); // they come while the text runs; where they do not, opening the panel tells
    const runless = !panel.requires.length;
    const controls = store.controlsOf();
    this.requests.first = { action: runless ? "rest" : "run", query, panel: store.panel, focus, controls };
    await document.fonts.ready;
    if (runless) {
      work.setRunless(true);
      await this.panels.open(store.panel, { view: store.view });
    } else if (query === "") {
      await this.#showRecorded(wished, opening.stored);
    } else {
      showStatus({ stage: "Opening the link", done: 0, total: 1, action: "run" }, { bare: true });
      await this.panels.open(store.panel, { view: store.view, aim: false }); // its tabs and titles, until the run comes
    }
    window.explorerFound(window.explorer); // from here on the server works, and shares its cores
  }

  /** What of the link is not understood. @param {string} search */
  #note(search) {
    import("./links/note.js").then(({ noteUnread }) => noteUnread(search, this.store, this.stage)).catch(() => {});
  }

  /** Nobody waits for a picture. @param {string} wished the link's panel @param {string} where the stored run is */
  async #showRecorded(wished, where) {
    const stored = await fetch(where).then(
      (answer) => (answer.ok ? answer.json() : null),
      () => null,
    );
    if (!stored) return;
    const { view } = this.store;
    const { chosen } = this.work;
    this.store.takeRun(unpack(stored), chosen);
    this.drawRun();
    if (!chosen && wished === stored.panel) await this.panels.open(stored.panel, { force: true, view });
    document.body.dataset.recorded = "1";
  }
}

/** A short link is written out, before anybody reads the address. What is damaged in one, the run itself tells. */
const unfold = () => import("./links/short.js").then((short) => short.unfold()).catch(() => {});
