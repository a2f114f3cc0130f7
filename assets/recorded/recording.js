// @ts-check
/**
 * The server's twin for a page of recordings: it answers what was recorded, by the page's own keys, and of all else it
 * says so.
 *
 * @import { Answer, Entry, Request, RunAnswer, Service, ViewSpec } from "../shell/protocol"
 * @import { NearFile, Opened, RecordedAnswer, RecordedFile, Step } from "./recorded"
 *
 * @typedef {object} Telling
 * @property {(request: Request, view: ViewSpec) => import("../shell/protocol").Absent} absent why a view has no answer
 * @property {(step: Step) => void} go another recorded place is opened
 */
import { Answers, keyOf } from "../shell/answers.js";
import { settled } from "../shell/link.js";
import { unpack } from "../shell/payload.js";

/** Raised where nothing of the kind was recorded: a sentence. */
export class NotRecorded extends Error {}

/** @implements {Service} */
export class Recording {
  #answers = new Answers(Number.POSITIVE_INFINITY);
  /** @type {Map<string, Promise<any>>} */
  #files = new Map();
  /** Where the answers of selections near a place stand, by their keys. @type {Map<string, () => Promise<void>>} */
  #nearby = new Map();

  /** @param {Opened} opened @param {Telling} telling */
  constructor(opened, telling) {
    this.opened = opened;
    this.telling = telling;
  }

  /** The recorded place of a link: that very one, or one of the same run and panel. @param {string} link */
  step(link) {
    const { steps } = this.opened;
    const parts = new URLSearchParams(link);
    const same = settled(link);
    const near = steps.filter(({ panel }) => panel === parts.get("panel"));
    const ofRun = near.find(({ runs, query }) => runs && settled(query) === runOf(parts));
    return steps.find((step) => settled(step.link) === same) ?? ofRun ?? (parts.has("text") ? undefined : near[0]);
  }

  /** A file's content, read once. @param {string} name @param {(sent: any) => any} [taken] */
  #read(name, taken = unpack) {
    const found = this.#files.get(name) ?? this.opened.read(name).then(taken);
    this.#files.set(name, found);
    return found;
  }

  /** A place's own answer and its run. @param {Step} step @returns {Promise<RecordedFile>} */
  async file(step) {
    const run = step.run ? this.#read(step.run, (sent) => sent) : null;
    const file = await this.#read(step.file, (sent) => this.#own(step, unpack(sent)));
    return { ...file, run: await run };
  }

  /** @param {Step} step @param {RecordedFile} file */
  #own(step, file) {
    for (const answer of file.answers) this.#keep(step, answer, (at) => file.entries[at]);
    return file;
  }

  /** @param {Step} step @param {RecordedAnswer} answer @param {(at: number) => Entry} entryAt */
  #keep(step, { asked, focus, controls, views }, entryAt) {
    const entries = Object.entries(views).map(([name, at]) => [name, entryAt(at)]);
    const answer = { panel: step.panel, views: Object.fromEntries(entries), focus, asked, controls, strings: {} };
    this.#answers.keep(answer, this.#panel(step.panel)?.views ?? [], (view) => subject(view, step.query));
  }

  /** Which selections near it were recorded; their answers are read when they are asked for. @param {Step} step */
  async #near(step) {
    const [{ entries }, near] = await Promise.all([this.file(step), this.#read(`${step.file}.near`)]);
    const { answers, parts } = /** @type {NearFile} */ (near);
    for (const answer of answers) {
      for (const view of this.#panel(step.panel)?.views ?? []) {
        const at = answer.views[view.name];
        if (at === undefined) continue;
        const bring = async () => {
          const entry = at < entries.length ? entries[at] : await this.#part(parts, at - entries.length);
          this.#keep(step, { ...answer, views: { [view.name]: at } }, () => entry);
        };
        for (const focus of [answer.asked, answer.focus]) {
          const made = { subject: subject(view, step.query), panel: step.panel, view, controls: answer.controls };
          this.#nearby.set(keyOf({ ...made, focus }), bring);
        }
      }
    }
  }

  /**
   * An entry of the files that the places of one run and panel share.
   * @param {[number, string][]} parts
   * @param {number} at
   */
  async #part(parts, at) {
    const [start, name] = /** @type {[number, string]} */ (parts.findLast(([first]) => first <= at));
    return (await this.#read(name)).entries[at - start];
  }

  /** @param {string | undefined} name */
  #panel(name) {
    return this.opened.panels.find((panel) => panel.name === name);
  }

  /**
   * The run of a request, with the selection that is asked for, else with the recorded one.
   * @param {Request} request
   * @returns {Promise<RunAnswer>}
   */
  async run(request) {
    const { steps } = this.opened;
    const asked = settled(request.query ?? "");
    const runs = steps.filter((step) => step.runs && [settled(step.query), runOf(step.link)].includes(asked));
    const there = runs.filter(({ panel }) => panel === request.panel);
    const step =
      (await this.#selected(there, request)) ??
      there[0] ??
      runs[0] ??
      (asked ? undefined : steps.find((step) => step.runs && step.panel === request.panel));
    if (!step) throw new NotRecorded("This run was not recorded.");
    return this.of(step, request.focus);
  }

  /** The place whose selection is asked for. @param {Step[]} steps @param {Request} request */
  async #selected(steps, { focus, controls = {} }) {
    const asked = JSON.stringify([focus, controls]);
    for (const step of steps) {
      const [own] = (await this.file(step)).answers;
      if (JSON.stringify([{ ...focus, ...own.asked }, own.controls]) === asked) return step;
    }
    return undefined;
  }

  /**
   * A place's run as an answer of the server.
   * @param {Step} step
   * @param {Partial<import("../shell/protocol").Focus>} [focus]
   */
  async of(step, focus = {}) {
    const { run, strings, answers } = await this.file(step);
    if (!run) throw new NotRecorded("This run was not recorded.");
    const chosen = Object.fromEntries(Object.entries(focus).filter(([, value]) => value !== null));
    const selected = { ...answers[0].focus, ...chosen };
    const { panel } = step;
    return /** @type {RunAnswer} */ ({
      ...{ kind: "run", run, strings, panel, views: {}, controls: answers[0].controls },
      ...{ focus: selected, recorded: { query: run.query, kept: true } },
    });
  }

  /** @param {string} name @param {object} request */
  async call(name, request) {
    if (name === "lesson") return this.#lesson(/** @type {any} */ (request));
    if (name !== "source") return { message: "This needs a running explorer." };
    const { panel, view } = /** @type {{ panel: string, view: string }} */ (request);
    const sources = await this.opened.read(`${panel}.source`).catch(() => ({}));
    return sources[view] ?? { message: "The source was not recorded." };
  }

  /**
   * A lesson, or what one of its steps says of its run.
   * @param {{ name: string, step?: number, phase?: string }} asked
   */
  async #lesson({ name, step, phase }) {
    const found = await this.opened.read(`lesson-${name}`).catch(() => null);
    if (!found) return { kind: "error", message: "This lesson was not recorded." };
    if (step === undefined) return { kind: "lesson", lesson: found.lesson };
    return { kind: "told", told: found.told[`${step} ${phase}`] };
  }

  /** @param {Request} request @returns {Promise<Answer>} */
  async render(request) {
    const { query = "", panel = "", views = [], focus, controls = {} } = request;
    const here = this.opened.steps.filter((step) => step.panel === panel);
    const same = here.filter((step) => !step.runs || settled(step.query) === settled(query));
    if (!same.length && here.length && here[0].runs) {
      this.telling.go(here[0]); // the panel was recorded of another run: that one is shown
      return { kind: "error", name: "Elsewhere", message: "" };
    }
    const files = await Promise.all(same.map((step) => this.file(step)));
    const specs = (this.#panel(panel)?.views ?? []).filter(({ name }) => views.includes(name));
    const key = (/** @type {ViewSpec} */ view) =>
      keyOf({ subject: subject(view, query), panel, view, focus: focus ?? {}, controls });
    const found = (/** @type {ViewSpec} */ view) => this.#answers.get(key(view));
    if (!specs.every(found)) {
      await Promise.all(same.map((step) => this.#near(step).catch(() => null)));
      await Promise.all(
        specs.map(
          (view) =>
            found(view) ??
            this.#nearby
              .get(key(view))?.()
              .catch(() => null),
        ),
      );
    }
    const entries = specs.map((view) => [view.name, found(view) ?? { absent: this.telling.absent(request, view) }]);
    const strings = Object.assign({}, ...files.map((file) => file.strings));
    const asked = focus ?? {};
    return { kind: "views", query, panel, views: Object.fromEntries(entries), focus: asked, asked, controls, strings };
  }
}

/** What a view reads, as the page's store says it. @param {ViewSpec} view @param {string} query */
function subject({ reads }, query) {
  if (reads === "run") return settled(query);
  return reads === "model" ? (new URLSearchParams(query).get("model") ?? "model") : "";
}

/** Names of a link that say what is shown of a run, and are no part of it. */
const SHOWN = [
  "panel",
  "view",
  "with",
  "pos",
  "layer",
  "head",
  "target",
  "expert",
  "lesson",
  "step",
  "embed",
  "__theme",
];

/** The run's part of a link. @param {string | URLSearchParams} link */
export function runOf(link) {
  const parts = new URLSearchParams(link);
  for (const name of [...parts.keys()]) if (SHOWN.includes(name) || name.includes(".")) parts.delete(name);
  return parts.toString();
}
