// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/http.h"

#include "base/types.h"

#define LIST(name) \
	{ \
		name, FOSR_ARRAY_SIZE(name) \
	}

static const char *const web_agents[] = {
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
	"Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 "
	"Edg/131.0.0.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
	"Mobile/15E148 Safari/604.1",
	"Microsoft-Delivery-Optimization/10.0", "Microsoft-CryptoAPI/10.0", "Debian APT-HTTP/1.3 (2.6.1)",
	"curl/7.88.1", "curl/8.5.0", "Wget/1.21.3", "python-requests/2.31.0", "okhttp/4.12.0", "ESP8266HTTPClient"};
static const char *const web_paths[] = {"/", "/index.html", "/api/v1/items", "/static/app.js", "/search",
	"/images/logo.png", "/assets/main.css", "/news", "/login", "/download/update.bin", "/status", "/feed.xml",
	"/success.txt", "/api/v2/events", "/media/clip.mp4", "/images/photo.png", "/fonts/text.woff2",
	"/pool/main/c/curl/curl_7.88.1_amd64.deb", "/static/vendor.js", "/", "/robots.txt"};
static const char *const web_posted[] = {"/login", "/api/v1/items", "/api/v2/events", "/search", "/upload", "/submit"};
static const char *const web_servers[] = {"nginx", "nginx/1.22.1", "Apache/2.4.62 (Debian)", "Apache", "cloudflare",
	"Microsoft-IIS/10.0", "nginx/1.18.0 (Ubuntu)", "lighttpd/1.4.69", "AmazonS3", "gws",
	"SimpleHTTP/0.6 Python/3.11.2"};
static const struct fosr_http_type web_asked[] = {{"application/x-www-form-urlencoded", FOSR_BODY_FORM, 0, NULL},
	{"application/json", FOSR_BODY_JSON, 1, NULL}, {"application/json; charset=utf-8", FOSR_BODY_JSON, 1, NULL},
	{"application/octet-stream", FOSR_BODY_BINARY, 1, NULL}};
static const struct fosr_http_type web_answered[] = {{"text/html; charset=utf-8", FOSR_BODY_HTML, 150, NULL},
	{"text/html", FOSR_BODY_HTML, 150, NULL}, {"application/json", FOSR_BODY_JSON, 2, "/api"},
	{"text/css", FOSR_BODY_LINES, 3, ".css"}, {"application/javascript", FOSR_BODY_LINES, 3, ".js"},
	{"image/png", FOSR_BODY_PNG, 70, ".png"}, {"application/octet-stream", FOSR_BODY_BINARY, 200, ".bin"},
	{"font/woff2", FOSR_BODY_BINARY, 1000, ".woff2"}, {"video/mp4", FOSR_BODY_MP4, 1000, ".mp4"},
	{"application/vnd.debian.binary-package", FOSR_BODY_BINARY, 1000, ".deb"},
	{"application/xml", FOSR_BODY_XML, 90, ".xml"}, {"text/plain", FOSR_BODY_LINES, 1, NULL}};

const struct fosr_http_kind fosr_http_web = {.paths = LIST(web_paths),
	.posted = LIST(web_posted),
	.agents = LIST(web_agents),
	.servers = LIST(web_servers),
	.asked = LIST(web_asked),
	.answered = LIST(web_answered),
	.posts = 3,
	.browsers = true};

static const struct fosr_http_type soap[] = {{"application/soap+xml;charset=UTF-8", FOSR_BODY_SOAP, 1, NULL}};
static const struct fosr_http_type json[] = {{"application/json", FOSR_BODY_JSON, 1, NULL}};
static const struct fosr_http_type ndjson[] = {
	{"application/json", FOSR_BODY_JSON, 1, NULL}, {"application/x-ndjson", FOSR_BODY_NDJSON, 8, NULL}};

static const char *const winrm_paths[] = {"/wsman", "/wsman?PSVersion=5.1.19041.1682"};
static const char *const winrm_agents[] = {"Microsoft WinRM Client", "Ruby WinRM Client", "Python WinRM client"};
static const char *const winrm_servers[] = {"Microsoft-HTTPAPI/2.0"};

const struct fosr_http_kind fosr_http_winrm = {.paths = LIST(winrm_paths),
	.agents = LIST(winrm_agents),
	.servers = LIST(winrm_servers),
	.asked = LIST(soap),
	.answered = LIST(soap),
	.posts = 16};

static const char *const ipp_paths[] = {"/ipp/print", "/ipp", "/printers/office"};
static const char *const ipp_agents[] = {"CUPS/2.4.2 (Linux 6.1.0; x86_64) IPP/2.0",
	"CUPS/2.3.4 (macOS 14.5; arm64) IPP/2.0", "Windows IPP Client/10.0.19041"};
static const char *const ipp_servers[] = {"CUPS/2.4 IPP/2.1", "HP HTTP Server; HP LaserJet Pro M404", "debut/1.30"};
static const struct fosr_http_type ipp_asked[] = {{"application/ipp", FOSR_BODY_IPP_REQUEST, 150, NULL}};
static const struct fosr_http_type ipp_answered[] = {{"application/ipp", FOSR_BODY_IPP_ANSWER, 120, NULL}};

const struct fosr_http_kind fosr_http_ipp = {.paths = LIST(ipp_paths),
	.agents = LIST(ipp_agents),
	.servers = LIST(ipp_servers),
	.asked = LIST(ipp_asked),
	.answered = LIST(ipp_answered),
	.posts = 16};

static const char *const upnp_paths[] = {
	"/rootDesc.xml", "/ctl/IPConn", "/description.xml", "/WANIPCn.xml", "/upnp/control/rendertransport1"};
static const char *const upnp_agents[] = {"UPnP/1.0 DLNADOC/1.50 Platinum/1.0.5.13",
	"Debian/12 UPnP/1.1 MiniUPnPc/2.2.4", "Microsoft-Windows/10.0 UPnP/1.0"};
static const char *const upnp_servers[] = {
	"Linux/5.10 UPnP/1.1 MiniUPnPd/2.2.1", "Linux UPnP/1.0 Sonos/79.1-53290", "Linux/4.4 UPnP/1.0 IpBridge/1.60.0"};
static const struct fosr_http_type upnp_xml[] = {{"text/xml; charset=\"utf-8\"", FOSR_BODY_XML, 1, NULL}};

const struct fosr_http_kind fosr_http_upnp = {.paths = LIST(upnp_paths),
	.agents = LIST(upnp_agents),
	.servers = LIST(upnp_servers),
	.asked = LIST(upnp_xml),
	.answered = LIST(upnp_xml),
	.posts = 6};

static const char *const elastic_paths[] = {
	"/_cluster/health", "/logs-app/_search", "/_bulk", "/_nodes/stats", "/_cat/indices", "/metrics/_doc"};
static const char *const elastic_agents[] = {"elastic-transport-python/8.12.0",
	"Elastic-filebeat/8.11.3 (linux; amd64)", "elasticsearch-java/8.12.0", "curl/7.88.1"};
static const char *const none[] = {""};

const struct fosr_http_kind fosr_http_elastic = {.paths = LIST(elastic_paths),
	.agents = LIST(elastic_agents),
	.servers = LIST(none),
	.asked = LIST(ndjson),
	.answered = LIST(json),
	.extra = "X-Elastic-Product-Origin: client\r\n",
	.posts = 9};

static const char *const docker_paths[] = {"/v1.41/containers/json", "/v1.43/images/json", "/_ping", "/v1.43/info",
	"/v1.43/events", "/v1.43/containers/create"};
static const char *const docker_agents[] = {
	"Docker-Client/24.0.7 (linux)", "docker-sdk-python/7.0.0", "Go-http-client/1.1"};
static const char *const docker_servers[] = {"Docker/24.0.7 (linux)", "Docker/20.10.24 (linux)"};

const struct fosr_http_kind fosr_http_docker = {.paths = LIST(docker_paths),
	.agents = LIST(docker_agents),
	.servers = LIST(docker_servers),
	.asked = LIST(json),
	.answered = LIST(json),
	.posts = 3};

static const char *const metrics_paths[] = {"/metrics", "/api/v1/query", "/api/v1/query_range", "/federate"};
static const char *const metrics_agents[] = {"Prometheus/2.45.0", "Grafana/10.2.3", "Prometheus/2.48.1"};
static const struct fosr_http_type metrics_asked[] = {{"application/x-www-form-urlencoded", FOSR_BODY_FORM, 0, NULL}};

const struct fosr_http_kind fosr_http_metrics = {.paths = LIST(metrics_paths),
	.agents = LIST(metrics_agents),
	.servers = LIST(none),
	.asked = LIST(metrics_asked),
	.answered = LIST(json),
	.posts = 4};

static const char *const influx_paths[] = {"/write", "/api/v2/write", "/query", "/ping"};
static const char *const influx_agents[] = {
	"Telegraf/1.28.5 Go/1.21.4", "influxdb-client-python/1.38.0", "InfluxDBClient"};
static const struct fosr_http_type influx_asked[] = {{"text/plain; charset=utf-8", FOSR_BODY_SAMPLES, 1, NULL}};

const struct fosr_http_kind fosr_http_influx = {.paths = LIST(influx_paths),
	.agents = LIST(influx_agents),
	.servers = LIST(none),
	.asked = LIST(influx_asked),
	.answered = LIST(json),
	.extra = "X-Influxdb-Version: 1.8.10\r\n",
	.posts = 13};

static const char *const etcd_paths[] = {"/v3/kv/range", "/v3/kv/put", "/v3/watch", "/health", "/version"};
static const char *const etcd_agents[] = {"Go-http-client/1.1", "etcd-client/3.5", "python-etcd3gw/2.1"};

const struct fosr_http_kind fosr_http_etcd = {.paths = LIST(etcd_paths),
	.agents = LIST(etcd_agents),
	.servers = LIST(none),
	.asked = LIST(json),
	.answered = LIST(json),
	.posts = 12};
