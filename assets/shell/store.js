// @ts-check
/**
 * The one state of the page: the run, the selection, the controls, the sampler's sliders, the intervention stack, the
 * answers. Who draws it listens; the address mirrors it.
 *
 * @import { Controls, Intervention, Run } from "../kit/view"
 * @import { Entry, Focus, Recorded, RunAnswer, Sampler, Tables, Views, ViewSpec } from "./protocol"
 * @import { Linked } from "./address/link"
 *
 * @typedef {"focus" | "controls" | "run" | "sampler" | "panel" | "interventions"} What has changed
 * @typedef {(what: What, detail?: any) => void} Listener
 */
import { forgetTokens, learn } from "../kit/text/tokens.js";
import { unselected, WITH } from "./address/link.js";
import { Directory } from "./directory.js";
import { Answers, keyOf, madeOf, subjectOf } from "./server/answers.js";
import { clamp, differing, Listened, stacked, taken } from "./state.js";

const FIRST = "walk";

export class Store extends Listened {
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

  /** @param {Tables} tables */
  constructor(tables) {
    super();
    this.tables = tables;
    this.focus = unselected(tables.selection);
  }

  /**
   * Another selection, kept inside the run. Another position starts at its own target.
   * @param {Partial<Focus>} change
   */
  set(change) {
    const before = { ...this.focus };
    const moved = "position" in change && change.position !== before.position && !("target" in change);
    Object.assign(this.focus, change, moved ? { target: null } : {});
    if (this.run) clamp(this.focus, this.run, this.tables);
    const names = differing(before, this.focus);
    if (names.length) this.tell("focus", names);
  }

  /**
   * @param {string} panel
   * @param {string} name
   * @param {string | number | null} value null: the link says nothing of it any more
   */
  control(panel, name, value) {
    if (name === WITH) this.second = String(value ?? "").replace(/^\?/, "");
    else if (value === null) delete this.#own(panel)[name];
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

  /** @param {RunAnswer} answer @param {string} chosen the panel that was opened since it was asked for */
  takeRun(answer, chosen) {
    if (this.run && this.run.model.name !== answer.run.model.name) {
      forgetTokens();
      this.answers.forgetTexts();
    }
    learn(answer.strings);
    this.run = taken(answer.run);
    this.recorded = answer.recorded ?? null;
    this.sampler = { ...answer.run.sampler };
    this.focus = { ...this.focus, ...answer.focus };
    if (!chosen) this.panel = answer.panel ?? this.panel;
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
    this.interventions = stacked(this.run?.interventions ?? [], this.interventions.filter(kept));
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
    return subjectOf(view, this.asked());
  }

  /** @param {string} panel @param {ViewSpec} view */
  #asking(panel, view) {
    return { subject: this.subject(view), panel, view, focus: this.focus, controls: this.controlsOf(panel) };
  }

  /** @param {string} panel @param {ViewSpec} view */
  keyOf(panel, view) {
    return keyOf(this.#asking(panel, view));
  }

  /** What the answer that is asked for now is made of. @param {string} panel @param {ViewSpec} view */
  madeOf(panel, view) {
    return madeOf(this.#asking(panel, view));
  }

  /**
   * @param {string} panel
   * @param {ViewSpec} view
   * @returns {Entry | undefined}
   */
  payload(panel, view) {
    return this.answers.get(this.keyOf(panel, view));
  }

  /** @param {string} panel @param {ViewSpec} view */
  forget(panel, view) {
    this.answers.forget(this.keyOf(panel, view));
  }
}
