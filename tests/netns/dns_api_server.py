#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A stand-in for AdGuard Home, Pi-hole 6 and Pi-hole 5: the rules of their HTTP APIs, no DNS.

It is not the real thing: neither is packaged for Debian. Each rule is one that can be read in
their sources:
  AdGuard Home (AdguardTeam/AdGuardHome)
    internal/filtering/rewritehttp.go: list; add appends even what is there; delete takes all that
      are the same, and is content if there is none; update answers 400 if there is none; members
      that it does not know are not looked at; "enabled" and settings since v0.107.68
    internal/home (middleware): 415 without the content type JSON; 405 for another method
    openapi/openapi.yaml: /control/filtering/status
  Pi-hole 6 (pi-hole/FTL)
    src/api/auth.c: password, second factor (400 without), sessions that run out (429), no session
      for who needs none, logout; a session keeps over a restart
    src/api/config.c: GET, with ?detailed=true as {value, flags}; PUT 201 or 400 "already present",
      DELETE 204 or 404, of an element; PATCH of lists, whole or not at all, and not in read-only
      mode; forced by the environment; application passwords only with app_sudo; ?restart=false
    src/webserver/http-common.c: the form of errors. The path of an element is decoded before it is
      taken apart: one with a slash in it is not found
  Pi-hole 5: lighttpd with PHP, nothing below /api

usage: dns_api_server.py FILE ADDRESS PORT [CERTIFICATE KEY]
FILE is the state of the server in JSON, read before and written after each request, so that a test
sets and compares it. "fault" in it: {"at": "METHOD /path", "what": WHAT, "status": N}, where WHAT
is hang, done-then-hang, html, redirect, large, cut or status. FILE.log gets a line "METHOD PATH
STATUS" for each request.
"""

import base64
import http.server
import json
import os
import secrets
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse

LOCK = threading.Lock()
DOWN_SECONDS = 1.2


class Answer(Exception):
    """Ends a request: a status, and a body."""

    def __init__(self, status, body=None, kind="application/json"):
        super().__init__(status)
        self.status = status
        self.kind = kind
        if body is None:
            self.body = b""
        elif isinstance(body, str):
            self.body = body.encode()
        else:
            self.body = json.dumps(body).encode()


def not_found():
    return Answer(404, "<html>404 - Not Found</html>", "text/html")


# --- AdGuard Home -----------------------------------------------------------------------------

def agh_body(request):
    if not request.headers.get("Content-Type", "").startswith("application/json"):
        raise Answer(415, "only content-type application/json is allowed\n", "text/plain")
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise Answer(400, f"json.Decode: {error}\n", "text/plain")


def agh_same(entry, other):
    return entry["domain"] == other.get("domain", "").lower() and \
        entry["answer"] == other.get("answer", "")


def agh_entry(state, body, enabled):
    entry = {"domain": body.get("domain", "").lower(), "answer": body.get("answer", "")}
    if state["has_enabled"]:
        entry["enabled"] = enabled if body.get("enabled") is None else body["enabled"]
    return entry


def agh_list(state, request):
    raise Answer(200, state["rewrites"])


def agh_add(state, request):
    state["rewrites"].append(agh_entry(state, agh_body(request), True))
    raise Answer(200)


def agh_delete(state, request):
    body = agh_body(request)
    state["rewrites"] = [e for e in state["rewrites"] if not agh_same(e, body)]
    raise Answer(200)


def agh_update(state, request):
    body = agh_body(request)
    for i, entry in enumerate(state["rewrites"]):
        if agh_same(entry, body["target"]):
            state["rewrites"][i] = agh_entry(state, body["update"], entry.get("enabled"))
            raise Answer(200)
    raise Answer(400, "target rule not found\n", "text/plain")


def agh_settings(state, request):
    raise Answer(200, {"enabled": state["rewrites_enabled"]})


def agh_filtering(state, request):
    raise Answer(200, {"enabled": state["filtering"], "interval": 24, "filters": []})


def adguardhome(state, request):
    routes = {
        "/control/rewrite/list": ("GET", agh_list),
        "/control/rewrite/add": ("POST", agh_add),
        "/control/rewrite/delete": ("POST", agh_delete),
        "/control/filtering/status": ("GET", agh_filtering),
    }
    if state["has_update"]:
        routes["/control/rewrite/update"] = ("PUT", agh_update)
    if state["has_enabled"]:
        routes["/control/rewrite/settings"] = ("GET", agh_settings)
    if request.path not in routes:
        raise not_found()
    if state["password"]:
        given = request.headers.get("Authorization", "")
        wanted = base64.b64encode(f"{state['user']}:{state['password']}".encode()).decode()
        if state.get("blocked"):
            raise Answer(429, "too many requests\n", "text/plain")
        if given != f"Basic {wanted}":
            raise Answer(state["unauthorized"], "Forbidden", "text/plain")
    method, handler = routes[request.path]
    if request.command != method:
        raise Answer(405, f"only method {method} is allowed\n", "text/plain")
    handler(state, request)


# --- Pi-hole 6 --------------------------------------------------------------------------------

def ftl_error(status, key, message, hint=None):
    return Answer(status, {"error": {"key": key, "message": message, "hint": hint}})


def ftl_session(state, valid, sid=None):
    return {"session": {"valid": valid, "totp": bool(state["totp"]), "sid": sid,
                        "validity": 1800 if sid else -1}}


def ftl_login(state, request):
    try:
        password = json.loads(request.body)["password"]
    except (ValueError, KeyError):
        raise ftl_error(400, "bad_request", "No password found in JSON payload")
    app = bool(state["app_password"]) and password == state["app_password"]
    if state.get("rate_limited"):
        raise ftl_error(429, "rate_limiting", "Rate-limiting login attempts")
    if not app and password != state["password"]:
        raise Answer(401, ftl_session(state, False))
    if state["totp"] and not app:
        raise ftl_error(400, "bad_request", "No 2FA token found in JSON payload")
    if len(state["sessions"]) >= state["max_sessions"]:
        raise ftl_error(429, "api_seats_exceeded", "API seats exceeded",
                        "increase webserver.api.max_sessions")
    sid = secrets.token_urlsafe(15) + "="
    state["sessions"][sid] = {"app": app}
    raise Answer(200, ftl_session(state, True, sid))


def ftl_auth(state, request, sid):
    if not state["password"]:
        raise Answer(200, ftl_session(state, True))
    if request.command == "POST":
        ftl_login(state, request)
    if sid not in state["sessions"]:
        raise Answer(401, ftl_session(state, False))
    if request.command == "DELETE":
        del state["sessions"][sid]
        raise Answer(204)
    raise Answer(200, ftl_session(state, True, sid))


def ftl_get(state, parts, detailed):
    if len(parts) != 1 or parts[0] not in state["config"]:
        raise not_found()
    items = state["config"][parts[0]]
    if detailed:
        items = {key: {"description": "", "value": value, "flags": {
            "restart_dnsmasq": True, "env_var": f"{parts[0]}.{key}" in state["env"]}}
            for key, value in items.items()}
    raise Answer(200, {"config": {parts[0]: items}})


def ftl_restart(state, request, query):
    if query.get("restart") != ["false"]:
        state["restarts"] += 1
        request.server.down_until = time.monotonic() + DOWN_SECONDS


ENV = "Config items set via environment variables cannot be changed via the API"


def ftl_put_delete(state, request, parts, query):
    if len(parts) < 2:
        raise ftl_error(400, "bad_request", "Invalid path depth")
    if len(parts) != 3 or not isinstance(state["config"].get(parts[0], {}).get(parts[1]), list):
        raise Answer(404, {})
    key = f"{parts[0]}.{parts[1]}"
    items = state["config"][parts[0]][parts[1]]
    if key in state["env"]:
        raise ftl_error(400, "bad_request", ENV, key)
    if request.command == "PUT":
        if parts[2] in items:
            raise ftl_error(400, "bad_request", "Item already present",
                            "Uniqueness of items is enforced")
        items.append(parts[2])
    elif parts[2] in items:
        items.remove(parts[2])
    else:
        raise Answer(404, {})
    if key != "dns.hosts" or state["hosts_local"]:
        ftl_restart(state, request, query)
    raise Answer(201 if request.command == "PUT" else 204, {} if request.command == "PUT" else None)


def ftl_patch(state, request, query):
    try:
        config = json.loads(request.body)["config"]
    except (ValueError, KeyError):
        raise ftl_error(400, "body_error", "No \"config\" object in body data")
    if state["config"]["misc"]["readOnly"]:
        raise ftl_error(403, "forbidden", "The config is currently in read-only mode")
    changed = []
    for part, items in config.items():
        for key, value in items.items():
            if value == state["config"][part][key]:
                continue
            if f"{part}.{key}" in state["env"]:
                raise ftl_error(400, "bad_request", ENV, f"{part}.{key}")
            if any("bad" in line for line in value):
                raise ftl_error(400, "bad_request", "Invalid configuration", "bad option at line 1")
            changed.append((part, key, value))
    for part, key, value in changed:
        state["config"][part][key] = value
    if any(key == "dnsmasq_lines" for _, key, _ in changed):
        ftl_restart(state, request, query)
    raise Answer(200, {"config": state["config"]})


def pihole6(state, request):
    path, _, query = request.path.partition("?")
    query = urllib.parse.parse_qs(query)
    sid = request.headers.get("X-FTL-SID")
    if path == "/api/auth":
        ftl_auth(state, request, sid)
    # Decoded, then taken apart.
    parts = urllib.parse.unquote(path).strip("/").split("/")
    if parts[:2] != ["api", "config"]:
        raise not_found()
    if state["password"] and sid not in state["sessions"]:
        raise ftl_error(401, "unauthorized", "Unauthorized")
    if request.command == "GET":
        ftl_get(state, parts[2:], query.get("detailed") == ["true"])
    if state["sessions"].get(sid, {}).get("app") and not state["app_sudo"]:
        raise ftl_error(403, "forbidden", "Unable to change configuration (read-only)",
                        "The current app session is not allowed to modify Pi-hole config settings "
                        "(webserver.api.app_sudo is false)")
    if request.command == "PATCH":
        ftl_patch(state, request, query)
    ftl_put_delete(state, request, parts[2:], query)


def pihole5(state, request):
    if request.path.startswith("/admin/"):
        raise Answer(200, "<html>Pi-hole</html>", "text/html")
    raise not_found()


KINDS = {"adguardhome": adguardhome, "pihole6": pihole6, "pihole5": pihole5}


# --- the server -------------------------------------------------------------------------------

def do_fault(fault, request):
    what = fault["what"]
    if what == "hang":
        LOCK.release()
        time.sleep(60)
        LOCK.acquire()
    elif what == "cut":
        request.close_connection = True
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{")
        raise ConnectionAbortedError
    elif what == "html":
        raise Answer(200, "<html>Log in to the network</html>", "text/html")
    elif what == "redirect":
        raise Answer(302, fault.get("to", "https://192.168.11.5/login.html"), "redirect")
    elif what == "large":
        raise Answer(200, "[" + 5000000 * " " + "]")
    elif what == "status":
        raise Answer(fault["status"], fault.get("body", ""), "text/plain")


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    body = b""

    def log_message(self, *args):
        pass

    def judge(self, state):
        """The answer, and whether it is to come; changes the state."""
        fault = state.get("fault") or {"at": "none"}
        hit = f"{self.command} {self.path}".startswith(fault["at"])
        try:
            if hit and fault["what"] != "done-then-hang":
                do_fault(fault, self)
            KINDS[state["kind"]](state, self)
        except Answer as answer:
            return answer, not (hit and fault["what"] == "done-then-hang")
        return Answer(500), True

    def handle_any(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with LOCK:
            with open(self.server.file, encoding="utf-8") as file:
                state = json.load(file)
            try:
                answer, comes = self.judge(state)
            except ConnectionAbortedError:
                return
            with open(self.server.file + ".new", "w", encoding="utf-8") as file:
                json.dump(state, file)
            os.rename(self.server.file + ".new", self.server.file)
            with open(self.server.file + ".log", "a", encoding="utf-8") as log:
                print(self.command, self.path, answer.status, file=log)
        if not comes:
            time.sleep(60)
        self.send_response(answer.status)
        if answer.kind == "redirect":
            self.send_header("Location", answer.body.decode())
            answer.body = b""
        self.send_header("Content-Type", answer.kind)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        if self.server.down_until > time.monotonic():
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    down_until = 0.0
    file = ""

    def server_bind(self):
        """Without a look-up of its own name, which takes long where no resolver is."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def verify_request(self, request, client_address):
        """While it starts again, nobody is there."""
        return time.monotonic() >= self.down_until

    def handle_error(self, request, client_address):
        pass


def main():
    server = Server((sys.argv[2], int(sys.argv[3])), Request)
    server.file = sys.argv[1]
    if len(sys.argv) > 4:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[4], sys.argv[5])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)
    server.serve_forever()


main()
