// @ts-check
/**
 * Heavy views are measured as jobs on the server. This is the page's side: which of them are wanted, what the server
 * says of them, and when an answer, or a part of one, is there to be fetched.
 *
 * @import { JobState } from "../protocol"
 *
 * @typedef {object} Subject what a view is measured for
 * @property {string} panel
 * @property {string} query
 * @property {object} focus
 * @property {object} controls
 *
 * @typedef {Subject & { views: string[] }} Watch
 */

/** Milliseconds after which a watch that the server says nothing of is asked for again. */
const SILENT = 5000;
/** @param {unknown} a @param {unknown} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** A number of seconds as a person says it. @param {number} seconds */
function about(seconds) {
  if (seconds < 1.5) return "a second";
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`;
}

/**
 * @typedef {object} Page
 * @property {(request: object) => void} ask
 * @property {(view: string, watch: Watch) => Promise<void>} fetchAnswer
 * @property {() => void} changed
 *
 * @param {Page} page
 */
export function createJobs({ ask, fetchAnswer, changed }) {
  /** What the server was last asked to watch. @type {Watch | null} */
  let watch = null;
  let number = 0; // of that watch
  /** What it said of each view. @type {Record<string, JobState>} */
  let states = {};
  /** The version of each view that was fetched. @type {Map<string, number>} */
  const fetched = new Map();
  /** Views of which an answer is being fetched. @type {Set<string>} */
  const underWay = new Set();
  let heard = 0; // when the server last said something, ms
  /** @param {string} view */
  const going = (view) => !["done", "failed"].includes(states[view]?.state);
  /** The error that ended a view's measurement. @param {string} view */
  const failure = (view) => {
    const error = states[view]?.error;
    return error && error.name !== "Stopped" ? error : null;
  };
  /** @param {boolean} again */
  const send = (again) => {
    heard = performance.now();
    ask({ action: "look", views: watch?.views ?? [], ...watch, watch: number, again });
  };
  /** One answer of a view is on its way at a time; older parts are passed over. @param {string} view */
  async function fetchNewest(view) {
    if (!watch || underWay.has(view)) return;
    underWay.add(view);
    fetched.set(view, states[view].version);
    try {
      await fetchAnswer(view, watch);
    } finally {
      underWay.delete(view);
    }
    if (watch?.views.includes(view) && (states[view]?.version ?? 0) > (fetched.get(view) ?? 0)) fetchNewest(view);
  }
  // The server says something every second: a watch that fell silent was lost on the way, and is asked for again.
  setInterval(() => {
    if (watch?.views.some(going) && performance.now() - heard > SILENT) send(false);
  }, 1000);

  return {
    /**
     * Watch these views of a panel, and nothing else. `again`: what the server keeps of them is measured anew.
     * @param {string[]} views
     * @param {Subject} subject
     */
    watch(views, subject, again = false) {
      const asIs = !!watch && same({ ...watch, views: [] }, { views: [], ...subject });
      const dropped = watch?.views.filter((view) => !(asIs && views.includes(view)) && going(view)) ?? [];
      const watched = asIs && views.every((view) => watch?.views.includes(view));
      const anew = again || views.some(failure); // what failed is wanted by hand alone
      if (!anew && !dropped.length && watched && views.length) return;
      const stops = dropped.length > 0;
      watch = views.length ? { views, ...subject } : null;
      number += 1;
      states = {};
      fetched.clear();
      if (watch || stops) send(again);
    },

    /**
     * News from the server; what belongs to an older watch is passed over.
     * @param {{ watch: number, jobs: Record<string, JobState> }} news
     */
    hear(news) {
      if (!watch || news.watch !== number) return;
      heard = performance.now();
      states = news.jobs;
      for (const [view, said] of Object.entries(states)) {
        if (said.version > (fetched.get(view) ?? 0)) fetchNewest(view);
      }
      changed();
    },

    failure,

    /**
     * One line on what is measured now: what is counted, how far it is, about how long it takes; null where nothing is.
     */
    line() {
      const all = Object.values(states);
      const running = all.find((s) => s.state === "running");
      const waiting = all.filter((s) => s.state === "waiting");
      if (!running && !waiting.length) return null;
      if (!running)
        return { stage: `In line, place ${Math.min(...waiting.map((s) => s.place ?? 0))}`, done: 0, total: 0 };
      const left = running.left ? `, about ${about(running.left)} left` : "";
      const more = waiting.length ? `, then ${waiting.length} more` : "";
      return { stage: running.stage, done: running.done, total: running.total, after: left + more };
    },

    /** Whether this view is on its way. @param {string} view */
    busy: (view) => !!watch?.views.includes(view) && going(view),
  };
}
