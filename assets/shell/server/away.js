// @ts-check
/**
 * The server is away: it is started anew, or the network is gone. The page says so, waits, and goes on by itself where
 * it was; a run that was asked for stands in the address by then, so that a page that is loaded anew makes it.
 */

/** Milliseconds between two questions whether it is there again. */
const AGAIN = 1500;
/** Milliseconds after which a visitor who wanted to leave is still here. */
const STAYED = 4000;
const SAID = "The server does not answer. This page waits for it and continues by itself. Nothing is lost.";
/** What shows that Gradio has lost an event's stream: it says so in red, and loads the page anew in the end. */
const LOST = /connection .*lost/i;

/** A stream of events that Gradio reads. */
const STREAM = /\/queue\/data\b/;

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
    this.#holdStreams();
    const told = document.querySelector(".toast-wrap");
    const read = () => LOST.test(told?.textContent ?? "") && this.suspect(true);
    if (told) new MutationObserver(read).observe(told, { childList: true, subtree: true });
  }

  /**
   * A visitor who leaves while something is measured breaks its stream. Nobody is there to hear of it, and Gradio would
   * write errors: what reads a stream waits instead, until the page is gone.
   */
  #holdStreams() {
    const { fetch } = window;
    const leaves = () => Date.now() - (window.explorerLeaves ?? 0) < STAYED;
    const never = new Promise(() => {});
    window.fetch = async (input, init) => {
      const address = input instanceof Request ? input.url : String(input);
      if (!STREAM.test(address)) return fetch(input, init);
      const broken = (/** @type {unknown} */ error) => (leaves() ? never : Promise.reject(error));
      const answer = /** @type {Response} */ (await fetch(input, init).catch(broken));
      const reader = answer.body?.getReader();
      if (!reader) return answer;
      const body = new ReadableStream({
        async pull(stream) {
          const { done, value } = /** @type {ReadableStreamReadResult<Uint8Array>} */ (
            await reader.read().catch(broken)
          );
          if (done) stream.close();
          else stream.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      });
      return new Response(body, answer);
    };
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
