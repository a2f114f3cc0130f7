// Heavy views are measured as jobs on the server. This is the page's side: which of them are wanted, what the server says of
// them, and when an answer, or a part of one, is there to be fetched.

/** Milliseconds after which a watch that the server says nothing of is asked for again. */
const SILENT = 5000;
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** A number of seconds as a person says it. */
function about(seconds) {
  if (seconds < 1.5) return "a second";
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`;
}

/**
 * @param {{ ask: (request: object) => void, fetchAnswer: (view: string, watch: object) => Promise<void>, changed: () => void }} page
 */
export function createJobs({ ask, fetchAnswer, changed }) {
  let watch = null; // what the server was last asked to watch
  let number = 0; // of that watch
  let states = {}; // view -> what it said
  const fetched = new Map(); // view -> version
  const underWay = new Set(); // views of which an answer is being fetched
  let heard = 0; // when the server last said something, ms
  const going = (view) => !["done", "failed"].includes(states[view]?.state);
  const send = (again) => {
    heard = performance.now();
    ask({ action: "look", views: watch?.views ?? [], ...watch, watch: number, again });
  };
  // One answer of a view is on its way at a time; parts that are older than the newest are passed over.
  async function fetchNewest(view) {
    if (underWay.has(view)) return;
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
    /** Watch these views of a panel, and nothing else. `again`: what the server keeps of them is measured anew. */
    watch(views, subject, again = false) {
      const asIs = !!watch && same({ ...watch, views: [] }, { views: [], ...subject });
      const dropped = watch?.views.filter((view) => !(asIs && views.includes(view)) && going(view)) ?? [];
      const watched = asIs && views.every((view) => watch.views.includes(view));
      if (!again && !dropped.length && watched && views.length) return;
      const stops = dropped.length > 0;
      watch = views.length ? { views, ...subject } : null;
      number += 1;
      states = {};
      fetched.clear();
      if (watch || stops) send(again);
    },

    /** News from the server; what belongs to an older watch is passed over. */
    hear(news) {
      if (!watch || news.watch !== number) return;
      heard = performance.now();
      states = news.jobs;
      for (const [view, said] of Object.entries(states)) {
        if (said.version > (fetched.get(view) ?? 0)) fetchNewest(view);
      }
      changed();
    },

    /** The error that ended a view's measurement. */
    failure(view) {
      const error = states[view]?.error;
      return error && error.name !== "Stopped" ? error : null;
    },

    /** One line on what is measured now: what is counted, how far it is, about how long it takes; null where nothing is. */
    line() {
      const all = Object.values(states);
      const running = all.find((s) => s.state === "running");
      const waiting = all.filter((s) => s.state === "waiting");
      if (!running && !waiting.length) return null;
      if (!running) return { stage: `In line, place ${Math.min(...waiting.map((s) => s.place))}`, done: 0, total: 0 };
      const left = running.left ? `, about ${about(running.left)} left` : "";
      const more = waiting.length ? `, then ${waiting.length} more` : "";
      return { stage: running.stage, done: running.done, total: running.total, after: left + more };
    },

    /** Whether this view is on its way. */
    busy: (view) => !!watch?.views.includes(view) && going(view),
  };
}
