// @ts-check
/** What the page waits for at this moment: shared by those who ask, those who draw and the line of status. */
export class Work {
  /** A run, or views that are made in the queue, are under way. */
  busy = false;
  /** The visitor has stopped it: nothing is asked for again by itself. */
  halted = false;
  /** The panel that the link opens needs no run, and none has been made. */
  runless = false;
  /** Light views that are asked for in the queue and not answered. @type {Set<string>} */
  queued = new Set();

  begin(action = "") {
    this.busy = true;
    document.body.dataset.busy = action;
  }

  end() {
    this.busy = false;
    this.queued.clear();
    document.body.dataset.busy = "";
  }

  /** @param {boolean} on */
  setRunless(on) {
    this.runless = on;
    if (on) document.body.dataset.runless = "1";
    else delete document.body.dataset.runless;
  }
}
