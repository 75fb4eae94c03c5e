//! UDP in batches: one system call moves many datagrams. Of these, datagrams of one length from or to one peer go
//! through the kernel as one train (UDP segmentation and receive offload), where the system can do it.
#![allow(unsafe_code)]

use super::address::RawAddress;
use super::control::{Control, ErrorReport};
use super::trains::Order;
use bytes::Bytes;
use libc::{c_int, c_uint, c_void, iovec, mmsghdr, msghdr};
use ringback_sip::flow::{Flow, FlowError, Transport};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};

/// Most datagrams that one system call sends; so many that came at one time are many.
pub(crate) const BATCH: usize = 64;

/// One UDP socket of one worker.
#[derive(Debug)]
pub(crate) struct UdpPort {
    socket: Socket,
    local: SocketAddr,
    /// Bound to no address in particular: each datagram says to which of ours it came, and from which it leaves.
    wildcard: bool,
    /// The kernel may hold datagrams that were not taken yet.
    pub(crate) readable: bool,
    /// The kernel may hold errors that were not taken yet.
    pub(crate) failed: bool,
    /// What came lately.
    came: Came,
    /// Waits to be sent.
    queue: Vec<(Flow, Bytes)>,
    order: Order,
    /// The system can cut one buffer into several datagrams.
    segments: bool,
}

/// What the kernel's memory held of the datagrams that came lately. In a train they share one buffer's overhead, so
/// that more of them, and more work, wait in as many bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    /// About as many bytes.
    bytes: u64,
    /// And so many, had each come alone.
    alone: u64,
}

impl Came {
    /// `count` datagrams came in `trains`, together `bytes` long; what came before counts half.
    fn note(&mut self, trains: usize, count: usize, bytes: usize) {
        self.bytes = self.bytes / 2 + (bytes + trains * BUFFER_OVERHEAD) as u64;
        self.alone = self.alone / 2 + (bytes + count * BUFFER_OVERHEAD) as u64;
    }

    /// What `waiting` bytes would be if each datagram in them had come alone, and they were like those that came lately.
    fn unfolded(self, waiting: usize) -> usize {
        (waiting as u64 * self.alone).checked_div(self.bytes).map_or(waiting, |bytes| bytes as usize)
    }
}

/// What a flush did.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) datagrams: u64,
    pub(crate) dropped: u64,
    pub(crate) calls: u64,
}

impl UdpPort {
    /// Binds a socket that the other workers bind too.
    pub(crate) fn bind(address: SocketAddr, buffer_bytes: usize) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_port(true)?;
        socket.set_nonblocking(true)?;
        let wildcard = address.ip().is_unspecified();
        let fd = socket.as_raw_fd();
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 1)?;
            set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, c_int::from(wildcard))?;
        } else {
            set_option(fd, libc::IPPROTO_IP, libc::IP_RECVERR, 1)?;
            set_option(fd, libc::IPPROTO_IP, libc::IP_PKTINFO, c_int::from(wildcard))?;
        }
        let bytes = c_int::try_from(buffer_bytes).unwrap_or(c_int::MAX);
        for (force, plain) in
            [(libc::SO_RCVBUFFORCE, libc::SO_RCVBUF), (libc::SO_SNDBUFFORCE, libc::SO_SNDBUF)]
        {
            // Beyond the system's maximum only with the privilege; without it, as much as it gives.
            set_option(fd, libc::SOL_SOCKET, force, bytes)
                .or_else(|_| set_option(fd, libc::SOL_SOCKET, plain, bytes))?;
        }
        // An older system gives every datagram by itself.
        let _ = set_option(fd, libc::SOL_UDP, libc::UDP_GRO, 1);
        socket.bind(&address.into())?;
        let local = socket.local_addr()?.as_socket().unwrap_or(address);
        Ok(UdpPort {
            socket,
            local,
            wildcard,
            readable: true,
            failed: false,
            came: Came::default(),
            queue: Vec::with_capacity(BATCH),
            order: Order::default(),
            segments: true,
        })
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(crate) fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// Whether datagrams leave from `local` through this socket.
    pub(crate) fn serves(&self, local: SocketAddr) -> bool {
        self.local == local
            || (self.wildcard && self.local.port() == local.port() && self.local.is_ipv4() == local.is_ipv4())
    }

    /// Queues a datagram; gives `true` when a batch is full.
    pub(crate) fn push(&mut self, flow: Flow, bytes: Bytes) -> bool {
        self.queue.push((flow, bytes));
        self.queue.len() >= BATCH
    }

    /// The bytes that wait in the kernel to be received, as if each datagram had come alone, and how many bytes can.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        let mut figures = [0_u32; MEMINFO_FIGURES];
        let mut len = size_of_val(&figures) as libc::socklen_t;
        // SAFETY: `figures` is as long as `len` says and lives through the call; any bytes are valid numbers.
        let result = unsafe {
            let place = (&raw mut figures).cast();
            libc::getsockopt(self.fd(), libc::SOL_SOCKET, libc::SO_MEMINFO, place, &raw mut len)
        };
        if result != 0 {
            return (0, 0);
        }
        (self.came.unfolded(figures[0] as usize), figures[1] as usize)
    }

    pub(crate) fn has_queue(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Sends all that is queued; `failures` gets the paths that the kernel refuses.
    pub(crate) fn flush(&mut self, slots: &mut SendSlots, failures: &mut Vec<(Flow, FlowError)>) -> Sent {
        let mut sent = Sent::default();
        let mut start = 0;
        let mut pending_errors = 0;
        let mut segments = self.segments;
        if segments && self.queue.len() > 2 {
            self.order.arrange(&self.queue);
        } else {
            self.order.keep(self.queue.len());
        }
        while start < self.queue.len() {
            sent.calls += 1;
            let next = self.order.after(start).map(|place| &self.queue[place]);
            match slots.send(self.fd(), next, self.wildcard, segments) {
                Ok(count) => {
                    sent.datagrams += count as u64;
                    start += count.max(1);
                    pending_errors = 0;
                }
                Err(error) => match error.raw_os_error() {
                    Some(libc::EINTR) => {}
                    Some(libc::EAGAIN | libc::ENOBUFS) => {
                        sent.dropped += (self.queue.len() - start) as u64;
                        break;
                    }
                    // The kernel reports an ICMP message about an earlier datagram here, once; nothing was sent.
                    Some(libc::ECONNREFUSED | libc::EHOSTUNREACH | libc::ENETUNREACH | libc::EHOSTDOWN)
                        if pending_errors < PENDING_ERRORS_MAX =>
                    {
                        pending_errors += 1;
                        self.failed = true;
                        self.take_errors(failures);
                    }
                    // The device or the path cannot take what was put together; each datagram for itself may pass.
                    code if segments && slots.is_first_put_together() => {
                        segments = false;
                        self.segments = matches!(code, Some(libc::EINVAL | libc::EMSGSIZE));
                    }
                    code => {
                        let first = self.order.after(start).next();
                        failures.extend(first.map(|place| (self.queue[place].0, flow_error(code))));
                        start += 1;
                        pending_errors = 0;
                    }
                },
            }
        }
        self.queue.clear();
        sent
    }

    /// Takes ICMP errors from the kernel's queue, a bounded number at a time.
    pub(crate) fn take_errors(&mut self, failures: &mut Vec<(Flow, FlowError)>) {
        for _ in 0..ERRORS_PER_TURN {
            match ErrorReport::take(self.fd()) {
                Some(ErrorReport { remote: Some(remote), code }) => {
                    let flow = Flow {
                        transport: Transport::Udp,
                        local: self.local,
                        remote,
                        connection: None,
                        peer: None,
                    };
                    if !failures.iter().any(|(known, _)| *known == flow) {
                        failures.push((flow, flow_error(Some(code))));
                    }
                }
                Some(_) => {}
                None => {
                    self.failed = false;
                    return;
                }
            }
        }
    }
}

/// Why a path failed, from the kernel's error number.
pub(crate) fn flow_error(code: Option<c_int>) -> FlowError {
    match code {
        Some(libc::ECONNREFUSED) => FlowError::Refused,
        Some(libc::EMSGSIZE) => FlowError::TooLarge,
        Some(libc::ETIMEDOUT) => FlowError::ConnectTimeout,
        Some(libc::ECONNRESET | libc::EPIPE | libc::ECONNABORTED) => FlowError::Reset,
        Some(libc::EADDRNOTAVAIL | libc::EAFNOSUPPORT | libc::EMFILE | libc::ENFILE) => FlowError::NoSocket,
        _ => FlowError::Unreachable,
    }
}

fn set_option(fd: RawFd, level: c_int, name: c_int, value: c_int) -> io::Result<()> {
    let len = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: `value` lives through the call and `len` is its size.
    let result = unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), len) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The buffers into which datagrams are received; one set serves all sockets of a worker.
///
/// A slot takes the largest datagram or train that there is. Only pages that were written cost memory, and slots
/// start at different places of the processor's cache.
pub(crate) struct ReceiveSlots {
    bytes: Box<[u8]>,
    headers: Vec<mmsghdr>,
    names: Box<[RawAddress]>,
    controls: Box<[Control]>,
    /// The pointers in `headers` point to these and into the boxes above, which never move.
    _vectors: Box<[iovec]>,
    used: usize,
    /// Where the last ones came in.
    local: SocketAddr,
    wildcard: bool,
}

impl ReceiveSlots {
    pub(crate) fn new() -> Self {
        let mut bytes = vec![0u8; SLOT_STRIDE * SLOTS].into_boxed_slice();
        let mut names = vec![RawAddress::empty(); SLOTS].into_boxed_slice();
        let mut controls = vec![Control::empty(); SLOTS].into_boxed_slice();
        let base = bytes.as_mut_ptr();
        let mut vectors: Box<[iovec]> = (0..SLOTS)
            // SAFETY: i * SLOT_STRIDE lies inside the allocation, which is SLOT_STRIDE * SLOTS long.
            .map(|i| iovec {
                iov_base: unsafe { base.add(i * SLOT_STRIDE) }.cast(),
                iov_len: DATAGRAM_BYTES_MAX,
            })
            .collect();
        let headers = (0..SLOTS)
            .map(|i| mmsghdr {
                msg_hdr: header(
                    &mut names[i],
                    RawAddress::LEN,
                    std::slice::from_mut(&mut vectors[i]),
                    &mut controls[i],
                    Control::LEN,
                ),
                msg_len: 0,
            })
            .collect();
        let local = SocketAddr::from(([0; 4], 0));
        ReceiveSlots { bytes, headers, names, controls, _vectors: vectors, used: 0, local, wildcard: false }
    }

    /// Takes what waits, up to [`SLOTS`] trains; gives the number of datagrams, 0 when none waits.
    pub(crate) fn receive(&mut self, port: &mut UdpPort) -> usize {
        for header in &mut self.headers[..self.used] {
            header.msg_hdr.msg_namelen = RawAddress::LEN;
            header.msg_hdr.msg_controllen = Control::LEN as _;
            header.msg_hdr.msg_flags = 0;
        }
        // SAFETY: every header points to a name, a control and a byte slot of the lengths it states, all owned by
        // `self`, not moved since (boxes), and not borrowed now (`&mut self`).
        let count = unsafe {
            libc::recvmmsg(
                port.fd(),
                self.headers.as_mut_ptr(),
                SLOTS as c_uint,
                libc::MSG_DONTWAIT as _,
                std::ptr::null_mut(),
            )
        };
        self.used = usize::try_from(count).unwrap_or(0);
        (self.local, self.wildcard) = (port.local, port.wildcard);
        if count < 0 {
            match io::Error::last_os_error().raw_os_error() {
                Some(libc::EAGAIN) => port.readable = false,
                Some(libc::EINTR) => {}
                // An ICMP error; it waits in the error queue, and datagrams may wait behind it.
                _ => port.failed = true,
            }
            return 0;
        }
        port.readable = self.used == SLOTS;
        let (mut datagrams, mut bytes) = (0, 0);
        for i in 0..self.used {
            let (train, length) = self.train(i);
            datagrams += train.len().div_ceil(length).max(1);
            bytes += train.len();
        }
        port.came.note(self.used, datagrams, bytes);
        datagrams
    }

    /// The datagrams that were received, each by itself, whose sender has an address of the Internet.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = (Flow, &[u8])> {
        (0..self.used).filter_map(|i| Some((i, self.flow(i)?))).flat_map(|(i, flow)| {
            let (train, length) = self.train(i);
            // Even an empty datagram is one.
            let (first, rest) = train.split_at(length.min(train.len()));
            std::iter::once(first).chain(rest.chunks(length)).map(move |datagram| (flow, datagram))
        })
    }

    /// What is in slot `i`, and how long each datagram of it is but the last: the whole, when the kernel names no length.
    fn train(&self, i: usize) -> (&[u8], usize) {
        let header = &self.headers[i];
        let len = (header.msg_len as usize).min(DATAGRAM_BYTES_MAX);
        let train = &self.bytes[i * SLOT_STRIDE..][..len];
        (train, self.controls[i].segment_bytes(header.msg_hdr.msg_controllen).unwrap_or(len.max(1)))
    }

    fn flow(&self, i: usize) -> Option<Flow> {
        let (mut local, remote) = (self.local, self.names[i].read()?);
        if self.wildcard
            && let Some(ip) = self.controls[i].local_ip(self.headers[i].msg_hdr.msg_controllen)
        {
            local.set_ip(ip);
        }
        Some(Flow { transport: Transport::Udp, local, remote, connection: None, peer: None })
    }
}

/// The structures that a sending system call needs; one set serves all sockets of a worker.
pub(crate) struct SendSlots {
    headers: Vec<mmsghdr>,
    /// How many datagrams each header stands for.
    runs: Vec<usize>,
    vectors: Box<[iovec]>,
    names: Box<[RawAddress]>,
    controls: Box<[Control]>,
}

impl SendSlots {
    pub(crate) fn new() -> Self {
        SendSlots {
            headers: Vec::with_capacity(BATCH),
            runs: Vec::with_capacity(BATCH),
            vectors: vec![iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH].into_boxed_slice(),
            names: vec![RawAddress::empty(); BATCH].into_boxed_slice(),
            controls: vec![Control::empty(); BATCH].into_boxed_slice(),
        }
    }

    /// Sends the first [`BATCH`] of these; gives how many the kernel took.
    fn send<'a>(
        &mut self,
        fd: RawFd,
        datagrams: impl Iterator<Item = &'a (Flow, Bytes)> + Clone,
        wildcard: bool,
        segments: bool,
    ) -> io::Result<usize> {
        self.headers.clear();
        self.runs.clear();
        let mut datagrams = datagrams.take(BATCH);
        for (vector, (_, bytes)) in self.vectors.iter_mut().zip(datagrams.clone()) {
            *vector = iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        }
        let mut start = 0;
        while let Some((flow, bytes)) = datagrams.clone().next() {
            let run = if segments { run_of(datagrams.clone()) } else { 1 };
            let i = self.headers.len();
            let name_len = self.names[i].write(flow.remote);
            let mut control_len = if wildcard { self.controls[i].write_source(flow.local.ip()) } else { 0 };
            if run > 1 {
                control_len = self.controls[i].write_segments(control_len, bytes.len() as u16);
            }
            let vectors = &mut self.vectors[start..start + run];
            let msg_hdr = header(&mut self.names[i], name_len, vectors, &mut self.controls[i], control_len);
            self.headers.push(mmsghdr { msg_hdr, msg_len: 0 });
            self.runs.push(run);
            datagrams.nth(run - 1);
            start += run;
        }
        // SAFETY: the headers point to names, controls and vectors owned by `self`, and the vectors to the bytes of
        // `datagrams`, borrowed for `'a` and so through the call; sending only reads them.
        let count = unsafe {
            libc::sendmmsg(
                fd,
                self.headers.as_mut_ptr(),
                self.headers.len() as c_uint,
                (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _,
            )
        };
        let taken = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        Ok(self.runs.iter().take(taken).sum())
    }

    /// Whether the first header of the last attempt stands for several datagrams.
    fn is_first_put_together(&self) -> bool {
        self.runs.first().is_some_and(|run| *run > 1)
    }
}

/// How many of the first of these can go as one: to the same peer from the same address, of one length, only the last
/// one shorter.
pub(crate) fn run_of<'a>(mut datagrams: impl Iterator<Item = &'a (Flow, Bytes)>) -> usize {
    let Some((first, bytes)) = datagrams.next().filter(|(_, bytes)| bytes.len() <= SEGMENT_BYTES_MAX) else {
        return 1;
    };
    let (length, mut run, mut total) = (bytes.len(), 1, bytes.len());
    for (flow, bytes) in datagrams {
        total += bytes.len();
        let fits =
            flow.remote == first.remote && flow.local == first.local && total <= DATAGRAM_BYTES_MAX / 2;
        if !fits || bytes.len() > length || bytes.is_empty() {
            break;
        }
        run += 1;
        if bytes.len() < length {
            break;
        }
    }
    run
}

fn header(
    name: &mut RawAddress,
    name_len: libc::socklen_t,
    vectors: &mut [iovec],
    control: &mut Control,
    control_len: usize,
) -> msghdr {
    // SAFETY: all-zero bytes are a valid msghdr (null pointers and zero lengths).
    let mut header: msghdr = unsafe { std::mem::zeroed() };
    header.msg_name = name.as_mut_ptr();
    header.msg_namelen = name_len;
    header.msg_iov = vectors.as_mut_ptr();
    header.msg_iovlen = vectors.len() as _;
    if control_len > 0 {
        header.msg_control = (&raw mut *control).cast::<c_void>();
        header.msg_controllen = control_len as _;
    }
    header
}

/// The address from which datagrams to `remote` would leave, by the system's routes.
///
/// # Errors
/// When there is no route.
pub fn local_ip_towards(remote: SocketAddr) -> io::Result<IpAddr> {
    let any: SocketAddr = if remote.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = std::net::UdpSocket::bind(any)?;
    socket.connect(remote)?;
    Ok(socket.local_addr()?.ip())
}

/// Most trains that one system call receives. Each may hold 128 datagrams, so that more would make a turn long.
pub(crate) const SLOTS: usize = 16;
/// About what the kernel needs for a buffer beside the bytes in it.
const BUFFER_OVERHEAD: usize = 832;
/// The largest datagram.
const DATAGRAM_BYTES_MAX: usize = 65_535;
/// From one slot to the next: not a power of two, else all slots would compete for the same cache lines.
const SLOT_STRIDE: usize = 65_536 + 17 * 64;
/// The longest datagram that goes together with others: it passes every path of IPv6 uncut.
const SEGMENT_BYTES_MAX: usize = 1232;
/// How many figures the kernel tells of a socket's memory: first what waits to be received, and its limit.
const MEMINFO_FIGURES: usize = 9;
/// How often one flush takes a pending error before it counts as the datagram's own.
const PENDING_ERRORS_MAX: u32 = 8;
/// Most ICMP errors taken from one socket before other work gets its turn.
const ERRORS_PER_TURN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_that_came_alone_are_counted_by_the_kernel_and_those_of_trains_unfolded() {
        let mut came = Came::default();
        assert_eq!(came.unfolded(5000), 5000, "nothing is known yet");
        came.note(16, 16, 16 * 400);
        assert_eq!(came.unfolded(5000), 5000);
        // Of 64 datagrams in a train, each needs 413 bytes, and alone 1232.
        for _ in 0..20 {
            came.note(1, 64, 64 * 400);
        }
        assert!((2975..2985).contains(&came.unfolded(1000)), "{}", came.unfolded(1000));
        for _ in 0..20 {
            came.note(1, 1, 400);
        }
        assert!(came.unfolded(1000) < 1010, "forgotten");
    }
}
