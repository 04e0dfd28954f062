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
    render(html`<h1>${t("app.picture")}</h1>`, root);
  },
};
