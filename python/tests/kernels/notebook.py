"""What a front end shows and saves of a kernel's messages: the cells of an `.ipynb` with their outputs.

It follows JupyterLab and nbclient: streams of one name are joined, `update_display_data` replaces every display of its
id in whatever cell it is, `clear_output` empties the cell, and a question is kept beside its answer, which is dots for
a password. It draws nothing.
"""

import html.parser
import json


class Cell:
    """One cell that was run.

    Attributes:
        source: Its code.
        outputs: What is saved of it, as in an `.ipynb`.
        links: Every link that was ever shown below it, in order, replaced ones too.
        questions: What was asked below it: pairs of prompt and whether it was for a password.
        error: The class of the exception that it ended with, and its message; or None.
        seconds: How long after its start the kernel sent the first message of a kind: `link`, `error`, `idle`.
    """

    def __init__(self, source):
        self.source, self.outputs, self.links, self.questions, self.error = source, [], [], [], None
        self.seconds, self._began, self._clear = {}, None, False

    def text(self):
        """What is printed and shown below it, as text."""
        return "\n".join(_text(output) for output in self.outputs)

    def show(self, message, displays):
        """Adds a message of the kernel; times are the kernel's own, so a slow front end makes nothing slower."""
        kind, content, sent = message["msg_type"], message["content"], message["header"]["date"]
        if self._began is None:
            self._began = sent
        self._note(_links(content.get("data", {})), (sent - self._began).total_seconds())
        if kind == "status" and content["execution_state"] == "idle":
            self._once("idle", (sent - self._began).total_seconds())
        elif kind == "clear_output":
            self._clear = content["wait"]
            if not self._clear:
                self.outputs.clear()
        elif kind == "update_display_data":
            for output in displays.get(content["transient"]["display_id"], ()):
                output |= {"data": content["data"], "metadata": content["metadata"]}
        elif kind in ("stream", "display_data", "execute_result", "error"):
            if kind == "error":
                self.error = content["ename"], content["evalue"]
                self._once("error", (sent - self._began).total_seconds())
            self._add(kind, content, displays)

    def ask(self, prompt, password, answer):
        """Adds a question, and its answer unless that is None."""
        self.questions.append((prompt, password))
        shown = prompt if answer is None else f"{prompt}{'········' if password else answer}\n"
        self._add("stream", {"name": "stdout", "text": shown}, {})

    def _add(self, kind, content, displays):
        if self._clear:
            self.outputs.clear()
            self._clear = False
        last = self.outputs[-1] if self.outputs else {}
        if kind == "stream" and last.get("name") == content["name"]:
            last["text"] += content["text"]
            return
        transient = content.get("transient", {})
        output = {"output_type": kind, **{name: value for name, value in content.items() if name != "transient"}}
        self.outputs.append(output)
        if "display_id" in transient:
            displays.setdefault(transient["display_id"], []).append(output)

    def _note(self, links, seconds):
        if links:
            self._once("link", seconds)
        self.links += [link for link in links if link not in self.links]

    def _once(self, what, seconds):
        self.seconds.setdefault(what, seconds)


class Notebook:
    """The cells that were run, in order, and the kinds of message that came for them."""

    def __init__(self):
        self.cells, self.kinds, self._displays = [], set(), {}

    def add(self, source):
        cell = Cell(source)
        self.cells.append(cell)
        return cell

    def show(self, cell, message):
        self.kinds.add(message["msg_type"])
        cell.show(message, self._displays)

    def saved(self):
        """The notebook as it is saved now."""
        cells = [
            {"cell_type": "code", "source": cell.source, "outputs": cell.outputs, "metadata": {}, "execution_count": 1}
            for cell in self.cells
        ]
        document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        return json.dumps(document, ensure_ascii=False, default=str)


def _text(output):
    if output["output_type"] == "stream":
        return output["text"]
    return output.get("data", {}).get("text/plain", "")


def _links(data):
    found = []

    class Markup(html.parser.HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "a":
                found.extend(value for name, value in attributes if name == "href")

    Markup().feed(data.get("text/html", ""))
    return found
