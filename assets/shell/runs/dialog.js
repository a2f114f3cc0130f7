// @ts-check
/**
 * The runs of this browser, in a dialog: found, opened, compared, named, deleted; saved to a file and taken from one.
 *
 * @import { Kept } from "./history"
 * @import { Page } from "./opening"
 */
import { asset } from "../../kit/asset.js";
import { counted } from "../../kit/numbers/format.js";
import { html, nothing, render } from "../../vendor/lit.js";
import { settled } from "../address/link.js";
import { dialog } from "../dialog.js";
import { save } from "../saving/files.js";
import { toast } from "../toast.js";
import { wear } from "../views.js";
import { LARGEST, pick, read, TOO_LARGE, written } from "./file.js";
import { queryOf, sought } from "./history.js";
import { COMPARISON, compareWith, openLink } from "./opening.js";
import { history, remember } from "./remember.js";
import { days, row } from "./rows.js";

const FILE = "llm-explorer-runs.json";
/** The dialog's own stylesheet, once. @type {Promise<unknown> | null} */
let dressed = null;

/** @param {Page} page */
export async function openRuns(page) {
  dressed ??= wear(asset("shell/runs/runs.css")).worn;
  await dressed;
  new RunsDialog(page).show();
}

class RunsDialog {
  box = dialog("runsbox", { labelledBy: "runstitle" });
  typed = "";
  /** The link of the run that is being named. @type {string | null} */
  naming = null;
  /** What was deleted last, to be had back. @type {Kept[]} */
  deleted = [];
  /** What went wrong with a file. */
  said = "";

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  show() {
    this.#keepThis();
    history.changed = () => this.box.open && this.draw();
    render(null, this.box);
    this.draw();
    this.box.showModal();
    this.box.querySelector("input")?.focus();
  }

  /** The run on the page may have come a moment ago: it is in the list at once. */
  #keepThis() {
    const { store, address } = this.page;
    if (!store.run || store.recorded) return;
    remember(store.run, { link: address.link(), panel: store.directory.titleOf(store.panel) ?? "", at: Date.now() });
  }

  /** The run on the page. */
  get here() {
    const { store } = this.page;
    return store.run && !store.recorded ? queryOf(`?${store.asked()}`, store.tables) : "";
  }

  draw() {
    const all = history.all();
    const found = sought(all, this.typed);
    render(
      html`
        <div class="dlghead">
          <h2 id="runstitle">Runs of this browser</h2>
          <button class="btn ghost" type="button" @click=${() => this.box.close()}>Close</button>
        </div>
        ${all.length ? this.#search() : nothing}
        <p class="hint" role="status">${this.#status(all, found)}</p>
        <div class="keptruns">${days(found).map(([day, runs]) => this.#day(day, runs))}</div>
        <div class="keptfoot">
          <button class="btn" type="button" ?disabled=${!all.length} @click=${() => save(FILE, written(all))}>Save as a
            file</button>
          <button class="btn" type="button" @click=${() => pick((file) => this.#take(file))}>Open a file…</button>
          <button class="btn" type="button" @click=${this.#leave(() => this.page.panels.open(COMPARISON))}>
            Compare with another prompt or model…
          </button>
          <button class="btn ghost" type="button" ?disabled=${!found.length} @click=${() => this.#remove(found)}>
            ${found.length === all.length ? "Delete all" : "Delete the runs found"}
          </button>
        </div>`,
      this.box,
    );
  }

  #search() {
    const type = (/** @type {InputEvent} */ event) => {
      this.typed = /** @type {HTMLInputElement} */ (event.target).value;
      this.draw();
    };
    return html`<input type="search" class="keptsearch" placeholder="Find by prompt, name, model or panel"
      aria-label="Find a run" autocomplete="off" .value=${this.typed} @input=${type} />`;
  }

  /** @param {Kept[]} all @param {Kept[]} found */
  #status(all, found) {
    const undo = html`<button class="linkbtn" type="button" @click=${() => this.#restore()}>Undo</button>`;
    if (this.said) return this.said;
    if (this.deleted.length) return html`${counted(this.deleted.length, "run")} deleted. ${undo}`;
    if (!all.length) return "There are no runs yet. Only this browser keeps the runs that you make.";
    if (!found.length) return "No run matches.";
    const part = found.length === all.length ? "" : `${found.length} of `;
    return `${part}${counted(all.length, "run")}. Only this browser keeps them.`;
  }

  /** @param {string} day @param {Kept[]} runs */
  #day(day, runs) {
    return html`
      <h3>${day}</h3>
      <ul>${runs.map((run) => row(run, this.#options(run)))}</ul>`;
  }

  /** @param {() => void} act */
  #leave(act) {
    return () => {
      this.box.close();
      act();
    };
  }

  /** @param {Kept} run */
  #options(run) {
    const { store } = this.page;
    const query = queryOf(run.link, store.tables);
    const beside = store.second !== "" && query === settled(store.second);
    return {
      here: query === this.here,
      beside,
      naming: this.naming === run.link,
      open: this.#leave(() => openLink(run.link, this.page)),
      compare: this.#leave(() => compareWith(beside ? "" : query, this.page)),
      rename: () => this.#name(run.link),
      named: (/** @type {string | null} */ name) => this.#named(run.link, name),
      remove: () => this.#remove([run]),
    };
  }

  /** @param {string} link */
  #name(link) {
    this.naming = link;
    this.draw();
    const field = /** @type {HTMLInputElement | null} */ (this.box.querySelector(".keptname"));
    field?.focus();
    field?.select();
  }

  /** @param {string} link @param {string | null} name null leaves it as it was */
  #named(link, name) {
    if (this.naming !== link) return; // the field is left as it goes
    this.naming = null;
    if (name !== null) history.rename(link, name);
    this.draw();
    const at = sought(history.all(), this.typed).findIndex((each) => each.link === link);
    const button = this.box.querySelectorAll("li")[at]?.querySelector(".keptacts [data-does=name]");
    /** @type {HTMLElement | null | undefined} */ (button)?.focus();
  }

  /** @param {Kept[]} runs */
  #remove(runs) {
    this.said = "";
    this.deleted = runs;
    history.remove(runs.map(({ link }) => link));
    this.typed = runs.length > 1 ? "" : this.typed;
    this.draw();
    /** @type {HTMLElement | null} */ (this.box.querySelector("[role=status] button"))?.focus();
  }

  #restore() {
    history.add(this.deleted);
    this.deleted = [];
    this.draw();
    this.box.querySelector("input")?.focus();
  }

  /** @param {File} file */
  async #take(file) {
    this.deleted = [];
    try {
      if (file.size > LARGEST) throw new Error(TOO_LARGE);
      const { runs, unread } = read(await file.text(), this.page.store.tables);
      history.add(runs);
      const rest = unread ? ` The page cannot read ${unread} more.` : "";
      this.said = `The file adds ${counted(runs.length, "run")}.${rest}`;
      toast(this.said);
    } catch (error) {
      this.said = /** @type {Error} */ (error).message;
    }
    this.draw();
  }
}
