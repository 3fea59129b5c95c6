"""JupyterLab as scripts/lab starts it: with two changes to how its server connects a page to a kernel.

1. The page is told the kernel's state. Both server and page pass over the state that comes with a kernel's answer to "who
   are you" (`untracked_message_types`), and evcxr says its state in no message of its own. So a page showed "Unknown" until
   a message of another kind happened to come: for ever after a restart, and at times after opening a notebook.
2. The question is put on one channel. The server puts it on two, twice a second, and closes both at the first answer. A
   kernel that is still starting (ours reads the library for half a minute) then finds dozens of questions and nobody to
   answer: evcxr 0.22.0 bears that on its shell channel, and ends at once when it happens on its control channel.
"""

import json
import sys

from jupyter_client.jsonutil import json_default
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.websocket import WebSocketClosedError


class Nothing:
    """A channel on which nothing is sent and nothing comes."""

    def on_recv(self, callback):
        pass

    def send_multipart(self, parts, **more):
        pass

    def closed(self):
        return False

    def close(self):
        pass


class Connection(ZMQChannelsWebsocketConnection):
    def connect(self):
        connected = super().connect()
        if connected is not None:
            connected.add_done_callback(self.tell_state)
        return connected

    def tell_state(self, _):
        """Send the page the state that the server knows, as if the kernel had said it."""
        state = getattr(self.kernel_manager, "execution_state", None)
        if state not in ("idle", "busy"):
            return
        message = self.session.msg("status", content={"execution_state": state}, parent={})
        try:
            if self.subprotocol == "v1.kernel.websocket.jupyter.org":
                self.write_message(serialize_msg_to_ws_v1(message, "iopub", self.session.pack), binary=True)
            else:
                self.write_message(json.dumps(message | {"channel": "iopub"}, default=json_default))
        except WebSocketClosedError:
            pass  # the page has gone

    def nudge(self):
        """Ask the kernel who it is until it answers, on its shell channel only."""
        manager = self.kernel_manager
        connect = manager.connect_control
        manager.connect_control = Nothing
        try:
            return super().nudge()
        finally:
            manager.connect_control = connect


def main():
    from jupyterlab.labapp import main as start

    choice = "--ServerApp.kernel_websocket_connection_class"
    if not any(argument.startswith(choice) for argument in sys.argv):
        sys.argv.append(f"{choice}=lab.Connection")
    start()


if __name__ == "__main__":
    main()
