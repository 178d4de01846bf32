"""A stand-in for ``vllm serve``: it notes how it was started, and its answers are the requests that it got."""

import http.server
import json
import os
import sys
from pathlib import Path

FLAGS = sys.argv
NAMES = [FLAGS[FLAGS.index("--served-model-name") + 1]]
FAULT = Path(FLAGS[0]).suffix
if "--lora-modules" in FLAGS and FAULT != ".forgets":
    NAMES += [part.split("=")[0] for part in FLAGS[FLAGS.index("--lora-modules") + 1 :]]


class Engine(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def say(self, body: object, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        if self.path != "/health" and self.headers["authorization"] != f"Bearer {os.environ['VLLM_API_KEY']}":
            return self.say({}, 401)
        return self.say({"data": [{"id": name} for name in NAMES], "version": "9.9"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if asked["seed"] == 500:
            return self.say({"error": "broken"}, 500)
        reason = "length" if asked["seed"] == 2 else "stop"
        choice = {"message": {"content": json.dumps(asked)}, "finish_reason": reason}
        return self.say({"model": "other" if asked["seed"] == 404 else asked["model"], "choices": [choice]})


if __name__ == "__main__":
    seen = {"pid": os.getpid(), "env": dict(os.environ), "argv": FLAGS}
    Path(FLAGS[0]).with_name("seen.json").write_text(json.dumps(seen))
    if FAULT == ".dies":
        sys.exit(3)
    port = int(FLAGS[FLAGS.index("--port") + 1])
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Engine).serve_forever()
