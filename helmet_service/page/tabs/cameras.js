// Cameras: what the cameras of the site show, and the zones of their pictures.
import { html, render } from "../vendor/lit-html.js";
import { t } from "../shared/words.js";

let root;

export const tab = {
  open(where) {
    root = where;
    tab.render();
  },
  close() {},
  render() {
    render(html`<h1>${t("app.cameras")}</h1>`, root);
  },
};
