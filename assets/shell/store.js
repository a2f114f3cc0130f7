// @ts-check
/**
 * The one state of the page: the run, the selection, the controls, the sampler's sliders, the intervention stack, the
 * answers. Who draws it listens; the address mirrors it.
 *
 * @import { Controls, Entry, Focus, Intervention, Recorded, Run, RunAnswer, RunSent, Sampler, Tables, Views, ViewSpec }
 *   from "./protocol"
 * @import { Linked } from "./link"
 *
 * @typedef {"focus" | "controls" | "run" | "sampler" | "panel" | "interventions"} What has changed
 * @typedef {(what: What, detail?: any) => void} Listener
 */
import { forgetTokens, learn } from "../kit/tokens.js";
import { Answers, keyOf } from "./answers.js";
import { Directory } from "./directory.js";
import { unselected, WITH } from "./link.js";

const FIRST = "walk";

export class Store {
  /** @type {Run | null} */
  run = null;
  directory = new Directory();
  panel = FIRST;
  /** The view that the link goes to. @type {string | null} */
  view = null;
  /** Of a stored run: one that stands there until the live one comes, or is kept. @type {Recorded | null} */
  recorded = null;
  /** The run that the link asks for, before there is one. */
  linked = "";
  /** @type {Record<string, Controls>} */
  controls = {};
  /** The query of the run that this one is compared with; nothing where there is none. */
  second = "";
  /** What the sliders say. @type {Partial<Sampler>} */
  sampler = {};
  /** What the link says of them; set once the run is there. @type {Partial<Sampler>} */
  wished = {};
  /** @type {Intervention[]} */
  interventions = [];
  answers = new Answers();
  /** @type {Set<Listener>} */
  listeners = new Set();

  /** @param {Tables} tables */
  constructor(tables) {
    this.tables = tables;
    this.focus = unselected();
  }

  /** @param {Listener} listener */
  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @type {Listener} */
  tell(what, detail) {
    for (const listener of [...this.listeners]) listener(what, detail);
  }

  /**
   * Another selection, kept inside the run. Another position starts at its own target.
   * @param {Partial<Focus>} change
   */
  set(change) {
    const before = { ...this.focus };
    const moved = "position" in change && change.position !== before.position && !("target" in change);
    Object.assign(this.focus, change, moved ? { target: null } : {});
    if (this.run) this.#clamp(this.run);
    const names = /** @type {(keyof Focus)[]} */ (Object.keys(before)).filter((k) => before[k] !== this.focus[k]);
    if (names.length) this.tell("focus", names);
  }

  /** @param {Run} run */
  #clamp({ ids, model }) {
    /** @type {Record<string, number>} */
    const sizes = { tokens: ids.length, n_layers: model.L, n_heads: model.H, d_vocab: model.V, n_experts: model.E };
    for (const { name, size } of this.tables.selection) {
      const value = this.focus[name];
      const last = (sizes[size] || Number.POSITIVE_INFINITY) - 1;
      if (value !== null) this.focus[name] = Math.max(0, Math.min(value, last));
    }
  }

  /**
   * @param {string} panel
   * @param {string} name
   * @param {string | number} value
   */
  control(panel, name, value) {
    if (name === WITH) this.second = String(value).replace(/^\?/, "");
    else this.#own(panel)[name] = value;
    this.tell("controls", { panel, name });
  }

  /** @param {string} panel */
  #own(panel) {
    this.controls[panel] ??= {};
    return this.controls[panel];
  }

  /** What the panel's controls say, and the page's own among them: one object for each panel. */
  controlsOf(panel = this.panel) {
    const own = this.#own(panel);
    if (this.second) own[WITH] = this.second;
    else delete own[WITH];
    return own;
  }

  /**
   * @param {string} panel
   * @param {string | null} view
   */
  open(panel, view) {
    this.panel = panel;
    this.view = view;
    this.tell("panel");
  }

  /** @param {Partial<Sampler>} change */
  setSampler(change) {
    Object.assign(this.sampler, change);
    this.tell("sampler");
  }

  /** @param {RunAnswer} answer */
  takeRun(answer) {
    if (this.run && this.run.model.name !== answer.run.model.name) {
      forgetTokens();
      this.answers.forgetTexts();
    }
    learn(answer.strings);
    this.run = { ...answer.run, next: likeliest(answer.run) };
    this.recorded = answer.recorded ?? null;
    this.sampler = { ...answer.run.sampler };
    this.focus = { ...this.focus, ...answer.focus };
    this.panel = answer.panel ?? this.panel;
    this.settle((each) => !each.on);
    this.answers.keep(answer, this.spec(answer.panel)?.views ?? [], (view) => this.subject(view));
    this.tell("run");
  }

  /** @param {Views} answer */
  takeViews(answer) {
    learn(answer.strings);
    this.answers.keep(answer, this.spec(answer.panel)?.views ?? [], (view) => this.subject(view));
  }

  /**
   * The page's own parts of a link.
   * @param {Linked} linked
   */
  takeLink({ panel, view, focus, controls, second, sampler }) {
    this.focus = focus;
    this.panel = panel || this.panel;
    this.view = view;
    this.wished = sampler;
    this.second = second;
    for (const name in controls) this.controls[name] = { ...this.controls[name], ...controls[name] };
  }

  /** The stack as the run on screen has it; of what is off in it, that stays listed which is kept. */
  settle(kept = /** @type {(each: Intervention) => boolean} */ (() => true)) {
    const now = this.run?.interventions ?? [];
    const off = this.interventions.filter((each) => kept(each) && !now.some(({ text }) => text === each.text));
    this.interventions = [
      ...now.map((each) => ({ ...each, on: true })),
      ...off.map((each) => ({ ...each, on: false })),
    ];
    this.tell("interventions");
  }

  /** Whether the run on the page gives way to a live one. */
  get passing() {
    return this.recorded && !this.recorded.kept;
  }

  /** Those that are on. */
  get applied() {
    return this.interventions.filter(({ on }) => on).map(({ text }) => text);
  }

  /** A panel whose words are here. */
  spec(panel = this.panel) {
    return this.directory.find(panel) ?? this.directory.panels[0];
  }

  /** The query of the run on the page, or of the one that the link asks for. */
  asked() {
    return this.run?.query ?? this.linked;
  }

  /** What of all that is asked for the view reads. @param {ViewSpec} view */
  subject(view) {
    if (view.reads === "run") return this.asked();
    return view.reads === "model" ? (new URLSearchParams(this.asked()).get("model") ?? "model") : "";
  }

  /**
   * @param {string} panel
   * @param {ViewSpec} view
   */
  keyOf(panel, view, focus = this.focus, controls = this.controlsOf(panel)) {
    return keyOf({ subject: this.subject(view), panel, view, focus, controls });
  }

  /**
   * @param {string} panel
   * @param {ViewSpec} view
   * @returns {Entry | undefined}
   */
  payload(panel, view) {
    return this.answers.get(this.keyOf(panel, view));
  }

  /**
   * @param {string} panel
   * @param {ViewSpec} view
   */
  forget(panel, view) {
    this.answers.forget(this.keyOf(panel, view));
  }
}

/**
 * The likeliest next token after each position.
 * @param {RunSent} run
 */
function likeliest({ ids, nextIds, nextP }) {
  const ranks = nextIds.shape[1];
  return ids.map((_, position) => ({ id: nextIds.a[position * ranks], p: nextP.a[position * ranks] }));
}
