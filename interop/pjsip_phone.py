"""One PJSIP phone without a sound card, driven by JSON lines: orders on stdin, events on stdout.

    pjsip_phone.py SETTINGS     (in a Python that has the wheel `pjsua2-python`; SETTINGS: a JSON object)

Everything happens on the main thread: PJSIP hands its events over while `libHandleEvents` runs.
"""

import json
import os
import select
import sys

import pjsua2 as pj

WAYS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP, "tls": pj.PJSIP_TRANSPORT_TLS}


def tell(event, **fields):
    """Prints an event."""
    print(json.dumps({"event": event, **fields}), flush=True)


class Call(pj.Call):
    """A call that plays the phone's tone and records what comes in."""

    def __init__(self, phone, number=pj.PJSUA_INVALID_ID):
        super().__init__(phone.account, number)
        self.phone = phone
        self.player = None
        self.recorder = None

    def onCallState(self, prm):
        info = self.getInfo()
        tell("call", call=info.id, state=info.stateText, code=info.lastStatusCode, reason=info.lastReason)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.player = self.recorder = None  # the recording is written out
            tell("gone", call=info.id)

    def onCallMediaState(self, prm):
        info = self.getInfo()
        status = [m.status for m in info.media if m.type == pj.PJMEDIA_TYPE_AUDIO]
        is_active = pj.PJSUA_CALL_MEDIA_ACTIVE in status
        words = {
            pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
            pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held by us",
            pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held by the peer",
        }
        if is_active:
            audio = self.getAudioMedia(-1)
            if self.player is None:
                self.player = pj.AudioMediaPlayer()
                self.player.createPlayer(self.phone.settings["tone"])
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(f"{self.phone.settings['folder']}/call-{info.id}.wav")
            self.player.startTransmit(audio)
            audio.startTransmit(self.recorder)
        tell("media", call=info.id, state=[words.get(one, "none") for one in status])

    def onDtmfDigit(self, prm):
        tell("digit", call=self.getInfo().id, digit=prm.digit)

    def onCallTransferRequest(self, prm):
        prm.newCall = self.phone.keep(Call(self.phone))
        tell("transfer_request", call=self.getInfo().id, target=prm.dstUri)

    def onCallTransferStatus(self, prm):
        tell("transfer", call=self.getInfo().id, code=prm.statusCode, final=prm.finalNotify)

    def onCallReplaceRequest(self, prm):
        tell("replace_request", call=self.getInfo().id)

    def onCallReplaced(self, prm):
        call = self.phone.keep(Call(self.phone, prm.newCallId))
        prm.newCall = call
        tell("replaced", call=self.getInfo().id, by=prm.newCallId)

    def onInstantMessage(self, prm):
        tell("text", **{"from": prm.fromUri, "text": prm.msgBody})


class Account(pj.Account):
    """The account at the server."""

    def __init__(self, phone):
        super().__init__()
        self.phone = phone

    def onRegState(self, prm):
        info = self.getInfo()
        tell("registration", code=prm.code, active=info.regIsActive, reason=prm.reason)

    def onIncomingCall(self, prm):
        call = self.phone.keep(Call(self.phone, prm.callId))
        info = call.getInfo()
        tell("incoming", call=info.id, **{"from": info.remoteUri})

    def onInstantMessage(self, prm):
        tell("text", **{"from": prm.fromUri, "text": prm.msgBody})

    def onInstantMessageStatus(self, prm):
        tell("message_status", code=prm.code, to=prm.toUri)


class Buddy(pj.Buddy):
    """Somebody whose presence is watched."""

    def onBuddyState(self):
        info = self.getInfo()
        words = {pj.PJSUA_BUDDY_STATUS_ONLINE: "online", pj.PJSUA_BUDDY_STATUS_OFFLINE: "offline"}
        status = words.get(info.presStatus.status, "unknown")
        tell("presence", uri=info.uri, status=status, text=info.presStatus.statusText, state=info.subStateName)


class Phone:
    """The phone, and one method for each order."""

    def __init__(self, settings):
        self.settings = settings
        self.kept, self.buddies = [], {}
        self.is_over = False
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(self.endpoint_config())
        for way, number in WAYS.items():
            self.endpoint.transportCreate(number, self.transport_config(way))
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for codec in self.endpoint.codecEnum2():
            self.endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMU") else 0)
        self.account = Account(self)
        self.account.create(self.account_config())

    def endpoint_config(self):
        """No threads but those of the audio, and a log in a file."""
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.userAgent = "pjsip"
        config.logConfig.level = 5
        config.logConfig.consoleLevel = 0
        config.logConfig.filename = self.settings["log"]
        config.medConfig.clockRate = 8000
        config.medConfig.sndClockRate = 8000
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        return config

    def transport_config(self, way):
        """Loopback, any port; under TLS the test's authority is trusted."""
        config = pj.TransportConfig()
        config.boundAddress = config.publicAddress = "127.0.0.1"
        if way == "tls" and self.settings.get("authority"):
            config.tlsConfig.CaListFile = self.settings["authority"]
            config.tlsConfig.verifyServer = True
        return config

    def account_config(self):
        """An account that registers through the server, and publishes its presence there."""
        settings = self.settings
        config = pj.AccountConfig()
        config.idUri = settings["address"]
        config.regConfig.registrarUri = settings["registrar"]
        config.regConfig.registerOnAdd = False
        config.sipConfig.proxies.append(settings["proxy"])
        config.sipConfig.authCreds.append(
            pj.AuthCredInfo("digest", "*", settings["user"], 0, settings["password"])
        )
        config.presConfig.publishEnabled = settings.get("publishes", False)
        config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
        config.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
        config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY if settings.get("srtp") else pj.PJMEDIA_SRTP_DISABLED
        config.mediaConfig.srtpSecureSignaling = 0
        return config

    def keep(self, call):
        """Remembers a call or a buddy: PJSIP's object lives as long as Python's."""
        self.kept.append(call)
        return call

    def call(self, number):
        """The call with this number."""
        return next(c for c in self.kept if isinstance(c, Call) and c.getId() == number and c.isActive())

    def register(self):
        self.account.setRegistration(True)

    def unregister(self):
        self.account.setRegistration(False)

    def online(self, status, note=""):
        state = pj.PresenceStatus()
        state.status = pj.PJSUA_BUDDY_STATUS_ONLINE if status else pj.PJSUA_BUDDY_STATUS_OFFLINE
        state.note = note
        self.account.setOnlineStatus(state)

    def watch(self, uri):
        buddy = self.buddies[uri] = Buddy()
        config = pj.BuddyConfig()
        config.uri, config.subscribe = uri, True
        buddy.create(self.account, config)

    def unwatch(self, uri):
        self.buddies[uri].subscribePresence(False)

    def message(self, uri, text):
        buddy = pj.Buddy()
        config = pj.BuddyConfig()
        config.uri, config.subscribe = uri, False
        buddy.create(self.account, config)
        self.keep(buddy)
        prm = pj.SendInstantMessageParam()
        prm.content = text
        buddy.sendInstantMessage(prm)

    def dial(self, uri):
        call = Call(self)
        call.makeCall(uri, pj.CallOpParam(True))
        self.keep(call)

    def answer(self, call, code=200):
        prm = pj.CallOpParam(True)
        prm.statusCode = code
        self.call(call).answer(prm)

    def hangup(self, call):
        self.call(call).hangup(pj.CallOpParam())

    def hold(self, call):
        self.call(call).setHold(pj.CallOpParam())

    def resume(self, call):
        prm = pj.CallOpParam(True)
        prm.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.call(call).reinvite(prm)

    def digits(self, call, digits):
        self.call(call).dialDtmf(digits)

    def transfer(self, call, uri):
        self.call(call).xfer(uri, pj.CallOpParam())

    def join(self, call, other):
        self.call(call).xferReplaces(self.call(other), pj.CallOpParam())

    def quit(self):
        self.is_over = True

    def run(self):
        """Takes orders and lets PJSIP work until `quit` or the end of stdin."""
        pending = b""
        tell("ready")
        while not self.is_over:
            self.endpoint.libHandleEvents(20)
            if not select.select([0], [], [], 0)[0]:
                continue
            read = os.read(0, 65536)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                order = json.loads(line)
                try:
                    getattr(self, order.pop("do"))(**order)
                except Exception as why:  # noqa: BLE001 - the test reads why, and decides
                    tell("refused", why=getattr(why, "reason", "") or repr(why))
        self.endpoint.hangupAllCalls()
        for _ in range(10):
            self.endpoint.libHandleEvents(20)


if __name__ == "__main__":
    Phone(json.loads(sys.argv[1])).run()
    tell("over")
    sys.stdout.flush()
    os._exit(0)  # PJSIP's and Python's clean-ups disagree on their order
