### Causes of the telephone network. Value: the meaning. Attributes: sender, duty, causes, remedy.

## 1 to 31: normal event

cause-1 = The number is not in use or not assigned to anyone.
    .remedy = Check the number and its format as it left for the telephone network.

cause-2 = The network knows no way to the transit network that was asked for.
    .remedy = A routing fault of the carrier or a wrong carrier selection code; report it to the carrier.

cause-3 = There is no route to the called number.
    .remedy = Check prefix and country code; if the number is right, report it to the carrier.

cause-4 = The number cannot be reached for a lasting reason; the caller should hear the special information
    tone.
    .remedy = Check the number; it is out of use or not reachable from this network.

cause-5 = A wrong trunk prefix was dialled.
    .remedy = Correct the number: an unneeded 0 or 1 is the usual reason.

cause-6 = The offered channel cannot be used for this call.
    .remedy = Compare the channel configuration of both sides of the trunk.

cause-7 = The call joins an established channel; used with packet services.
    .remedy = Nothing to do.

cause-8 = The call was cleared to make room for one of higher priority.
    .remedy = Normal in priority networks; try again.

cause-9 = The call was cleared for one of higher priority, and the circuit is kept for it.
    .remedy = Normal in priority networks; try again.

cause-10 = A prefix 1 was dialled that is not needed (North America).
    .remedy = Dial without the 1.

cause-11 = More digits than needed were dialled; the call proceeds.
    .remedy = Nothing to do.

cause-14 = The number was ported to another network, which the query on release found out.
    .remedy = The network routes again by itself; if not, its portability data are out of date.

cause-16 = The normal end: one side hung up. Before the answer it means that the caller gave up.
    .remedy = Nothing to do. If users complain of dropped calls with this cause, the hang-up came from a device:
        find out which side sent it.

cause-17 = The called user is busy.
    .remedy = Call again later, or set forwarding on busy.

cause-18 = The called equipment did not react at all within the time allowed; it did not even ring.
    .remedy = The telephone or system at the far end is off or not connected. Cisco gateways map this cause to
        480, RFC 3398 to 408.

cause-19 = It rang, and nobody answered within the time allowed.
    .remedy = Normal. Set voicemail or forwarding on no answer.

cause-20 = The subscriber is absent: a mobile is switched off or has no coverage.
    .remedy = Call later; voicemail of the mobile may take the call.

cause-21 = The call was refused, by the user or by the network; the location tells which.
    .remedy = From the user (603): pressed away or block list. From the network (403): calling number,
        permission or fraud filter of the carrier.

cause-22 = The number has changed; the new one may come along.
    .remedy = Dial the new number; with it RFC 3398 gives 301, without it 410.

cause-23 = The call is to be set up to another destination.
    .remedy = Follow the new number. In some networks the value means that reverse charging was refused.

cause-24 = A service of the called side has refused the call, for instance against anonymous callers.
    .remedy = Call with the number shown.

cause-25 = The network ran out of hops or found a loop while routing.
    .remedy = Look for calls that go back and forth between two systems; report it to the carrier.

cause-26 = Another user took the call, so this branch was cleared.
    .remedy = Normal with several telephones on one line. In North America it may mean a wrongly routed ported
        number.

cause-27 = The line or system of the called user is out of order.
    .remedy = The carrier or the owner of the far end must repair it; try another route.

cause-28 = The number is incomplete or has a wrong format.
    .remedy = Compare the digits and the type of number (national, international) with what the carrier expects.

cause-29 = A service that the call asked for is refused by the network.
    .remedy = Find the service in the set-up message (for instance call diversion) and leave it out.

cause-30 = Only an answer to an inquiry of status; no fault.
    .remedy = Nothing to do.

cause-31 = A normal end without further reason; systems that know no better send it too.
    .remedy = Look for a cause earlier in the chain; many gateways replace unknown reasons by 31.

## 33 to 47: resource unavailable

cause-33 = A circuit is out of order.
    .remedy = Test the trunk; block the circuit.

cause-34 = No channel is free on the way.
    .remedy = Too few channels for the traffic, or channels that hang. Add capacity or a second route.

cause-35 = The destination cannot be reached at present (national use).
    .remedy = Try later; report it to the carrier.

cause-37 = The quality of service has dropped (national use).
    .remedy = Report it to the carrier.

cause-38 = The network is out of order, and will be for some time.
    .remedy = Use another route; retrying at once is of no use.

cause-39 = A permanent frame connection is out of service.
    .remedy = Concerns data links, not calls: report it to the carrier.

cause-40 = A permanent frame connection works again.
    .remedy = Nothing to do.

cause-41 = A fault in the network that should soon pass.
    .remedy = Try again. If it lasts, report it with time and number.

cause-42 = An exchange on the way is overloaded.
    .remedy = Try again a little later, with growing intervals; or another route.

cause-43 = The network could not deliver part of the information given, such as a sub-address or user-to-user
    data.
    .remedy = Leave that information out.

cause-44 = The circuit that was asked for is taken on the other side.
    .remedy = The gateway tries another by itself. If it happens often, both sides choose from the same end:
        reverse the order on one.

cause-45 = The call was pre-empted (national use).
    .remedy = Try again.

cause-46 = A call of higher or equal priority holds the line.
    .remedy = Try again later.

cause-47 = Something that the call needs is used up: memory, bandwidth, a codec resource.
    .remedy = Look at the load of the gateway; media processing resources are often the bottleneck.

## 49 to 63: service or option not available

cause-49 = The quality of service asked for cannot be given.
    .remedy = Ask for less.

cause-50 = The user has not subscribed to the service asked for.
    .remedy = Order it, or do not ask for it.

cause-51 = Reverse charging is not allowed (national use).
    .remedy = Call without it.

cause-52 = The calling line may not make such calls (national use).
    .remedy = Remove the barring, if it is not intended.

cause-53 = The closed user group does not allow its member to call out.
    .remedy = Correct the group at the carrier.

cause-54 = The called line takes no incoming calls (national use).
    .remedy = Ask the called party.

cause-55 = The closed user group does not allow incoming calls to this member.
    .remedy = Correct the group at the carrier.

cause-56 = Call waiting is not subscribed (national use).
    .remedy = Treat it as busy.

cause-57 = The caller may not use this kind of connection, such as 64 kbit/s data.
    .remedy = Call as speech or 3.1 kHz audio, or have the service enabled.

cause-58 = This kind of connection is not to be had just now.
    .remedy = Try later, or as speech.

cause-62 = The access information given contradicts the class of the subscriber.
    .remedy = Correct the closed group or class settings.

cause-63 = The service is not available, without further reason.
    .remedy = Look whether the line has the service at all.

## 65 to 79: service or option not implemented

cause-65 = The network or device does not have this kind of connection at all.
    .remedy = Check the bearer capability that the gateway sends: speech instead of unrestricted data for calls.

cause-66 = The type of channel is not supported.
    .remedy = Compare the trunk configuration of both sides.

cause-67 = The choice of a transit network is not supported (national use).
    .remedy = Dial without carrier selection.

cause-68 = A message is not supported (national use).
    .remedy = Compare the protocol variants of both sides.

cause-69 = A service that the call asked for does not exist in the network.
    .remedy = Leave the service out.

cause-70 = Only restricted digital transmission is available.
    .remedy = Use another kind of connection.

cause-79 = The service or option does not exist, without further reason.
    .remedy = Compare the variants of the protocol on both sides of the trunk.

## 81 to 95: invalid message

cause-81 = A message names a call that the other side does not know.
    .remedy = Usually after a restart of one side: it clears up by itself.

cause-82 = A channel is named that does not exist.
    .remedy = Compare the number of channels on both sides.

cause-83 = A suspended call exists, but not with this identity.
    .remedy = Suspend and resume again.

cause-84 = The identity for suspending a call is already in use.
    .remedy = Choose another.

cause-85 = No call is suspended.
    .remedy = Nothing to resume.

cause-86 = The suspended call has been cleared meanwhile.
    .remedy = Call again.

cause-87 = The called user is not in the caller's closed group.
    .remedy = Correct the group, or call without it.

cause-88 = The called device does not fit this call: a fax or data call to a telephone, for instance.
    .remedy = Compare the bearer capability with the device called.

cause-89 = The abbreviated number does not exist (national use).
    .remedy = Dial the full number.

cause-90 = The closed user group does not exist.
    .remedy = Correct the group identity.

cause-91 = The transit network code is wrong.
    .remedy = Correct the carrier selection.

cause-92 = A parameter of a service is wrong (national use).
    .remedy = Compare the variants of the protocol.

cause-93 = A mandatory element is missing (national use).
    .remedy = Compare the variants of the protocol; see cause 96.

cause-95 = The message was wrong, without further reason.
    .remedy = Compare the variants of the protocol on both sides.

## 96 to 111: protocol error

cause-96 = A mandatory element is missing in a message.
    .remedy = A fault or variant of the protocol: compare the settings of the trunk on both sides.

cause-97 = The type of message does not exist here.
    .remedy = Compare the variants of the protocol.

cause-98 = The message does not fit the state of the call, or does not exist.
    .remedy = Messages crossed, or the variants differ.

cause-99 = An element of the message does not exist here.
    .remedy = Leave out the element, or set the same variant on both sides.

cause-100 = An element has contents that are not allowed.
    .remedy = Look at numbers and types of number in the set-up message: wrong ones are the usual reason.

cause-101 = The message came in a state where it does not belong.
    .remedy = Crossed messages are harmless; often repeated, look at the variants.

cause-102 = A timer expired while waiting for the other side.
    .remedy = The other side did not answer: look whether it was overloaded or its answer got lost.

cause-103 = An unknown parameter was passed on unchanged.
    .remedy = Nothing to do.

cause-110 = A message was dropped for an unknown parameter.
    .remedy = Leave out the parameter, or set the same variant.

cause-111 = A fault in the protocol, without further reason.
    .remedy = Trace both sides of the trunk.

## 112 to 127: interworking

cause-127 = Somewhere the call passed through another network, which gave no cause that could be kept.
    .remedy = Look for the real reason in that other network, or on its gateway: in SIP it stands in the status
        and in Reason.
