// @ts-check
/**
 * The server is away: it is started anew, or the network is gone. The page says so, waits, and goes on by itself where
 * it was; a run that was asked for stands in the address by then, so that a page that is loaded anew makes it.
 */

/** Milliseconds between two questions whether it is there again. */
const AGAIN = 1500;
const SAID = "The server does not answer. This page waits and goes on by itself; nothing is lost.";
/** What shows that Gradio has lost an event's stream: it says so in red, and loads the page anew in the end. */
const LOST = /connection .*lost/i;

const pause = () => new Promise((done) => setTimeout(done, AGAIN));

/** Whether the server answers. */
const answers = () =>
  fetch("/healthz", { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );

export class Away {
  #waits = false;
  #anew = false;

  /**
   * @param {{ leaving: () => void, back: () => void }} page `leaving`: the address is made that of what was asked for;
   *   `back`: what is missing is asked for again
   */
  constructor({ leaving, back }) {
    this.leaving = leaving;
    this.back = back;
  }

  /** Gradio's own messages are read: of a stream that breaks nobody else hears. */
  watch() {
    const told = document.querySelector(".toast-wrap");
    const read = () => LOST.test(told?.textContent ?? "") && this.suspect(true);
    if (told) new MutationObserver(read).observe(told, { childList: true, subtree: true });
  }

  /** Something was not answered. @param {boolean} [lost] an event's stream broke: its answer will not come */
  async suspect(lost = false) {
    if (lost && !this.#anew) this.leaving();
    this.#anew ||= lost;
    if (this.#waits) return;
    this.#waits = true;
    if (lost || !(await answers())) {
      const said = say();
      do await pause();
      while (!(await answers()));
      if (this.#anew) return location.reload();
      said.remove();
      this.back();
    }
    this.#waits = false;
  }
}

function say() {
  document.body.dataset.away = "1";
  const box = Object.assign(document.createElement("div"), { id: "away", className: "toast away", textContent: SAID });
  box.setAttribute("role", "status");
  document.body.append(box);
  return {
    remove() {
      delete document.body.dataset.away;
      box.remove();
    },
  };
}
