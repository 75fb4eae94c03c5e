//! Cause values of the telephone network (ITU-T Q.850, and the national ones of Q.931).

macro_rules! causes {
    ($($(#[$doc:meta])* ($value:literal, $const:ident, $name:literal $(, $national:ident)?);)*) => {
        impl Cause {
            $($(#[$doc])* pub const $const: Cause = Cause($value);)*
            /// Every named cause, ascending.
            pub const ALL: &'static [Cause] = &[$(Cause::$const),*];
        }

        const ROWS: &[(u8, &str, bool)] = &[$(($value, $name, false $(| causes!(@$national))?)),*];
    };
    (@national) => { true };
}

/// A cause value from 1 to 127; also one without a name is carried and mapped (RFC 3398 §7.2.4.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause(u8);

/// The class of a cause: its three upper bits (ITU-T Q.850 §2.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseClass {
    /// 1 to 31: normal event.
    NormalEvent,
    /// 32 to 47: resource unavailable.
    ResourceUnavailable,
    /// 48 to 63: service or option not available.
    ServiceNotAvailable,
    /// 64 to 79: service or option not implemented.
    ServiceNotImplemented,
    /// 80 to 95: invalid message.
    InvalidMessage,
    /// 96 to 111: protocol error.
    ProtocolError,
    /// 112 to 127: interworking.
    Interworking,
}

impl Cause {
    /// The cause, when it lies in 1 to 127.
    pub const fn new(value: u8) -> Option<Self> {
        if value >= 1 && value <= 127 { Some(Cause(value)) } else { None }
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its name, when it has one.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.1)
    }

    /// Whether only national variants of Q.931 define it.
    pub fn is_national(self) -> bool {
        self.row().is_some_and(|row| row.2)
    }

    /// The class.
    pub const fn class(self) -> CauseClass {
        match self.0 >> 4 {
            0 | 1 => CauseClass::NormalEvent,
            2 => CauseClass::ResourceUnavailable,
            3 => CauseClass::ServiceNotAvailable,
            4 => CauseClass::ServiceNotImplemented,
            5 => CauseClass::InvalidMessage,
            6 => CauseClass::ProtocolError,
            _ => CauseClass::Interworking,
        }
    }

    fn row(self) -> Option<&'static (u8, &'static str, bool)> {
        ROWS.binary_search_by_key(&self.0, |row| row.0).ok().map(|i| &ROWS[i])
    }
}

impl core::fmt::Debug for Cause {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl core::fmt::Display for Cause {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

causes! {
    /// Unallocated (unassigned) number (ITU-T Q.850).
    (1, UNALLOCATED_NUMBER, "Unallocated (unassigned) number");
    /// No route to specified transit network (ITU-T Q.850).
    (2, NO_ROUTE_TO_TRANSIT_NETWORK, "No route to specified transit network");
    /// No route to destination (ITU-T Q.850).
    (3, NO_ROUTE_TO_DESTINATION, "No route to destination");
    /// Send special information tone (ITU-T Q.850).
    (4, SEND_SPECIAL_INFORMATION_TONE, "Send special information tone");
    /// Misdialled trunk prefix (ITU-T Q.850).
    (5, MISDIALLED_TRUNK_PREFIX, "Misdialled trunk prefix");
    /// Channel unacceptable (ITU-T Q.850).
    (6, CHANNEL_UNACCEPTABLE, "Channel unacceptable");
    /// Call awarded and being delivered in an established channel (ITU-T Q.850).
    (7, CALL_AWARDED, "Call awarded and being delivered in an established channel");
    /// Preemption (ITU-T Q.850).
    (8, PREEMPTION, "Preemption");
    /// Preemption - circuit reserved for reuse (ITU-T Q.850).
    (9, PREEMPTION_CIRCUIT_RESERVED, "Preemption - circuit reserved for reuse");
    /// Prefix 1 dialed but not required (ITU-T Q.931, national use).
    (10, PREFIX_1_DIALED_BUT_NOT_REQUIRED, "Prefix 1 dialed but not required", national);
    /// More digits received than allowed, call is proceeding (ITU-T Q.931, national use).
    (11, MORE_DIGITS_THAN_ALLOWED, "More digits received than allowed, call is proceeding", national);
    /// QoR: ported number (ITU-T Q.850).
    (14, PORTED_NUMBER, "QoR: ported number");
    /// Normal call clearing (ITU-T Q.850).
    (16, NORMAL_CALL_CLEARING, "Normal call clearing");
    /// User busy (ITU-T Q.850).
    (17, USER_BUSY, "User busy");
    /// No user responding (ITU-T Q.850).
    (18, NO_USER_RESPONDING, "No user responding");
    /// No answer from user (user alerted) (ITU-T Q.850).
    (19, NO_ANSWER, "No answer from user (user alerted)");
    /// Subscriber absent (ITU-T Q.850).
    (20, SUBSCRIBER_ABSENT, "Subscriber absent");
    /// Call rejected (ITU-T Q.850).
    (21, CALL_REJECTED, "Call rejected");
    /// Number changed (ITU-T Q.850).
    (22, NUMBER_CHANGED, "Number changed");
    /// Redirection to new destination (ITU-T Q.850).
    (23, REDIRECTION_TO_NEW_DESTINATION, "Redirection to new destination");
    /// Call rejected due to feature at the destination (ITU-T Q.850).
    (24, REJECTED_BY_FEATURE, "Call rejected due to feature at the destination");
    /// Exchange routing error (ITU-T Q.850).
    (25, EXCHANGE_ROUTING_ERROR, "Exchange routing error");
    /// Non-selected user clearing (ITU-T Q.850).
    (26, NON_SELECTED_USER_CLEARING, "Non-selected user clearing");
    /// Destination out of order (ITU-T Q.850).
    (27, DESTINATION_OUT_OF_ORDER, "Destination out of order");
    /// Invalid number format (address incomplete) (ITU-T Q.850).
    (28, INVALID_NUMBER_FORMAT, "Invalid number format (address incomplete)");
    /// Facility rejected (ITU-T Q.850).
    (29, FACILITY_REJECTED, "Facility rejected");
    /// Response to STATUS ENQUIRY (ITU-T Q.850).
    (30, RESPONSE_TO_STATUS_ENQUIRY, "Response to STATUS ENQUIRY");
    /// Normal unspecified (ITU-T Q.850).
    (31, NORMAL_UNSPECIFIED, "Normal unspecified");
    /// Circuit out of order (ITU-T Q.850).
    (33, CIRCUIT_OUT_OF_ORDER, "Circuit out of order");
    /// No circuit/channel available (ITU-T Q.850).
    (34, NO_CIRCUIT_AVAILABLE, "No circuit/channel available");
    /// Destination unattainable (ITU-T Q.931, national use).
    (35, DESTINATION_UNATTAINABLE, "Destination unattainable", national);
    /// Degraded service (ITU-T Q.931, national use).
    (37, DEGRADED_SERVICE, "Degraded service", national);
    /// Network out of order (ITU-T Q.850).
    (38, NETWORK_OUT_OF_ORDER, "Network out of order");
    /// Permanent frame mode connection out of service (ITU-T Q.850).
    (39, PERMANENT_FRAME_MODE_OUT_OF_SERVICE, "Permanent frame mode connection out of service");
    /// Permanent frame mode connection operational (ITU-T Q.850).
    (40, PERMANENT_FRAME_MODE_OPERATIONAL, "Permanent frame mode connection operational");
    /// Temporary failure (ITU-T Q.850).
    (41, TEMPORARY_FAILURE, "Temporary failure");
    /// Switching equipment congestion (ITU-T Q.850).
    (42, SWITCHING_EQUIPMENT_CONGESTION, "Switching equipment congestion");
    /// Access information discarded (ITU-T Q.850).
    (43, ACCESS_INFORMATION_DISCARDED, "Access information discarded");
    /// Requested circuit/channel not available (ITU-T Q.850).
    (44, REQUESTED_CIRCUIT_NOT_AVAILABLE, "Requested circuit/channel not available");
    /// Pre-empted (ITU-T Q.931, national use).
    (45, PRE_EMPTED, "Pre-empted", national);
    /// Precedence call blocked (ITU-T Q.850).
    (46, PRECEDENCE_CALL_BLOCKED, "Precedence call blocked");
    /// Resources unavailable, unspecified (ITU-T Q.850).
    (47, RESOURCES_UNAVAILABLE, "Resources unavailable, unspecified");
    /// Quality of service unavailable (ITU-T Q.850).
    (49, QUALITY_OF_SERVICE_UNAVAILABLE, "Quality of service unavailable");
    /// Requested facility not subscribed (ITU-T Q.850).
    (50, REQUESTED_FACILITY_NOT_SUBSCRIBED, "Requested facility not subscribed");
    /// Reverse charging not allowed (ITU-T Q.931, national use).
    (51, REVERSE_CHARGING_NOT_ALLOWED, "Reverse charging not allowed", national);
    /// Outgoing calls barred (ITU-T Q.931, national use).
    (52, OUTGOING_CALLS_BARRED, "Outgoing calls barred", national);
    /// Outgoing calls barred within CUG (ITU-T Q.850).
    (53, OUTGOING_CALLS_BARRED_IN_CUG, "Outgoing calls barred within CUG");
    /// Incoming calls barred (ITU-T Q.931, national use).
    (54, INCOMING_CALLS_BARRED, "Incoming calls barred", national);
    /// Incoming calls barred within CUG (ITU-T Q.850).
    (55, INCOMING_CALLS_BARRED_IN_CUG, "Incoming calls barred within CUG");
    /// Call waiting not subscribed (ITU-T Q.850).
    (56, CALL_WAITING_NOT_SUBSCRIBED, "Call waiting not subscribed");
    /// Bearer capability not authorized (ITU-T Q.850).
    (57, BEARER_CAPABILITY_NOT_AUTHORIZED, "Bearer capability not authorized");
    /// Bearer capability not presently available (ITU-T Q.850).
    (58, BEARER_CAPABILITY_NOT_PRESENTLY_AVAILABLE, "Bearer capability not presently available");
    /// Inconsistency in designated outgoing access information and subscriber class (ITU-T Q.850).
    (62, INCONSISTENT_ACCESS_INFORMATION, "Inconsistency in designated outgoing access information and subscriber class");
    /// Service or option not available, unspecified (ITU-T Q.850).
    (63, SERVICE_NOT_AVAILABLE, "Service or option not available, unspecified");
    /// Bearer capability not implemented (ITU-T Q.850).
    (65, BEARER_CAPABILITY_NOT_IMPLEMENTED, "Bearer capability not implemented");
    /// Channel type not implemented (ITU-T Q.850).
    (66, CHANNEL_TYPE_NOT_IMPLEMENTED, "Channel type not implemented");
    /// Transit network selection not implemented (ITU-T Q.931, national use).
    (67, TRANSIT_NETWORK_SELECTION_NOT_IMPLEMENTED, "Transit network selection not implemented", national);
    /// Message not implemented (ITU-T Q.931, national use).
    (68, MESSAGE_NOT_IMPLEMENTED, "Message not implemented", national);
    /// Requested facility not implemented (ITU-T Q.850).
    (69, REQUESTED_FACILITY_NOT_IMPLEMENTED, "Requested facility not implemented");
    /// Only restricted digital information bearer capability is available (ITU-T Q.850).
    (70, ONLY_RESTRICTED_DIGITAL_BEARER, "Only restricted digital information bearer capability is available");
    /// Service or option not implemented, unspecified (ITU-T Q.850).
    (79, SERVICE_NOT_IMPLEMENTED, "Service or option not implemented, unspecified");
    /// Invalid call reference value (ITU-T Q.850).
    (81, INVALID_CALL_REFERENCE_VALUE, "Invalid call reference value");
    /// Identified channel does not exist (ITU-T Q.850).
    (82, IDENTIFIED_CHANNEL_DOES_NOT_EXIST, "Identified channel does not exist");
    /// Call identity does not exist for suspended call (ITU-T Q.850).
    (83, CALL_IDENTITY_NOT_SUSPENDED, "Call identity does not exist for suspended call");
    /// Call identity in use (ITU-T Q.850).
    (84, CALL_IDENTITY_IN_USE, "Call identity in use");
    /// No call suspended (ITU-T Q.850).
    (85, NO_CALL_SUSPENDED, "No call suspended");
    /// Call having the requested call identity has been cleared (ITU-T Q.850).
    (86, SUSPENDED_CALL_CLEARED, "Call having the requested call identity has been cleared");
    /// Called user not member of CUG (ITU-T Q.850).
    (87, CALLED_USER_NOT_MEMBER_OF_CUG, "Called user not member of CUG");
    /// Incompatible destination (ITU-T Q.850).
    (88, INCOMPATIBLE_DESTINATION, "Incompatible destination");
    /// Non-existent abbreviated address entry (ITU-T Q.931, national use).
    (89, NON_EXISTENT_ABBREVIATED_ADDRESS_ENTRY, "Non-existent abbreviated address entry", national);
    /// Non-existing CUG (ITU-T Q.850).
    (90, NON_EXISTING_CUG, "Non-existing CUG");
    /// Invalid transit network selection (national use) (ITU-T Q.850).
    (91, INVALID_TRANSIT_NETWORK, "Invalid transit network selection (national use)");
    /// Invalid facility parameter (ITU-T Q.931, national use).
    (92, INVALID_FACILITY_PARAMETER, "Invalid facility parameter", national);
    /// Mandatory information element is missing (ITU-T Q.931, national use).
    (93, MANDATORY_ELEMENT_MISSING_NATIONAL, "Mandatory information element is missing", national);
    /// Invalid message, unspecified (ITU-T Q.850).
    (95, INVALID_MESSAGE, "Invalid message, unspecified");
    /// Mandatory information element is missing (ITU-T Q.850).
    (96, MANDATORY_ELEMENT_MISSING, "Mandatory information element is missing");
    /// Message type non-existent or not implemented (ITU-T Q.850).
    (97, MESSAGE_TYPE_UNKNOWN, "Message type non-existent or not implemented");
    /// Message not compatible with call state or message type non-existent or not implemented (ITU-T Q.850).
    (98, MESSAGE_UNKNOWN_OR_IN_WRONG_STATE, "Message not compatible with call state or message type non-existent or not implemented");
    /// Information element nonexistent or not implemented (ITU-T Q.850).
    (99, ELEMENT_UNKNOWN, "Information element nonexistent or not implemented");
    /// Invalid information element contents (ITU-T Q.850).
    (100, INVALID_ELEMENT_CONTENTS, "Invalid information element contents");
    /// Message not compatible with call state (ITU-T Q.850).
    (101, MESSAGE_IN_WRONG_STATE, "Message not compatible with call state");
    /// Recovery on timer expiry (ITU-T Q.850).
    (102, RECOVERY_ON_TIMER_EXPIRY, "Recovery on timer expiry");
    /// Parameter non-existent or not implemented - passed on (ITU-T Q.850).
    (103, PARAMETER_UNKNOWN_PASSED_ON, "Parameter non-existent or not implemented - passed on");
    /// Message with unrecognized parameter discarded (ITU-T Q.850).
    (110, MESSAGE_WITH_UNKNOWN_PARAMETER_DISCARDED, "Message with unrecognized parameter discarded");
    /// Protocol error, unspecified (ITU-T Q.850).
    (111, PROTOCOL_ERROR, "Protocol error, unspecified");
    /// Interworking, unspecified (ITU-T Q.850).
    (127, INTERWORKING, "Interworking, unspecified");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_ascend_and_know_their_class() {
        assert!(Cause::ALL.is_sorted());
        assert_eq!(Cause::USER_BUSY.class(), CauseClass::NormalEvent);
        assert_eq!(Cause::NO_CIRCUIT_AVAILABLE.class(), CauseClass::ResourceUnavailable);
        assert_eq!(Cause::INTERWORKING.class(), CauseClass::Interworking);
    }

    #[test]
    fn every_value_from_1_to_127_is_carried_also_without_a_name() {
        assert_eq!(Cause::new(0), None);
        assert_eq!(Cause::new(128), None);
        assert_eq!(Cause::new(120).map(Cause::name), Some(None));
        assert_eq!(Cause::new(17).and_then(Cause::name), Some("User busy"));
        assert!(Cause::DESTINATION_UNATTAINABLE.is_national());
        assert!(!Cause::USER_BUSY.is_national());
    }
}
