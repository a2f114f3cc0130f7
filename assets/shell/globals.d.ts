/** What the page's own head and script put on the window. */
interface Window {
  /** The list of panels, asked for before any script runs. */
  explorerOpening: Promise<Response>;
  /** The page’s own script, at its address. */
  explorerPage(): Promise<typeof import("./page.js")>;
  /** Tells Gradio's first event that `explorer` is there. */
  explorerFound(explorer: Window["explorer"]): void;
  explorer: object;
  /** When the visitor last wanted to leave; the head hears of it before Gradio, which closes its streams then. */
  explorerLeaves?: number;
  /** The link that was copied last. */
  explorerLink: string;
}
