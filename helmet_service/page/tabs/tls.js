// Help: why a page has no camera, and what to do about it. docs/operations.md, "TLS", has it at length.
import { html, render } from "../vendor/lit-html.js";
import { t } from "../shared/words.js";
import { hasCameras } from "./camera/device.js";

const CERTIFICATE = (host) => `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \\
  -subj /CN=${host} -addext subjectAltName=${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host} \\
  -keyout /etc/nginx/helmet/key.pem -out /etc/nginx/helmet/certificate.pem`;

let root;

export const tab = {
  open(where) {
    root = where;
    tab.render();
  },
  close() {},
  render() {
    render(view(location), root);
  },
};

function view({ hostname, port, origin, pathname }) {
  const local = `http://localhost:${port || "8080"}${pathname}`;
  return html`
    <h1>${t("app.tls")}</h1>
    <p>${t("tls.why")}</p>
    <p><strong>${t(hasCameras() ? "tls.here_yes" : "tls.here_no")}</strong> <code>${origin}</code> <a href="#camera">${t("tls.back")}</a></p>
    <h2>${t("tls.alone")}</h2>
    <p>${t("tls.same_machine")}</p>
    <p>${t("tls.tunnel")}</p>
    <pre tabindex="0"><code>ssh -N -L ${port || "8080"}:localhost:${port || "80"} ${hostname}</code></pre>
    <p>${t("tls.tunnel_then")} <code>${local}</code></p>
    <h2>${t("tls.all")}</h2>
    <ol>
      <li>${t("tls.listen")} <code>HOST=127.0.0.1 TRUSTED_PROXIES=1</code></li>
      <li>${t("tls.proxy")} <code>deploy/nginx.conf</code>, <code>deploy/nginx-tls.conf</code></li>
      <li>${t("tls.certificate")}</li>
    </ol>
    <h2>${t("tls.try")}</h2>
    <pre tabindex="0"><code>${CERTIFICATE(hostname)}</code></pre>
    <p>${t("tls.warning")}</p>
    <p class="faint">${t("tls.more")} <code>docs/operations.md</code></p>`;
}
