use super::*;
use std::sync::Mutex;
use std::sync::mpsc::Sender;

/// Waits at its first message until it may go on; tells how strained it was told to be.
struct Slow {
    go: Receiver<()>,
    began: Sender<()>,
    strains: Sender<bool>,
    busy: bool,
}

impl Node for Slow {
    type Ask = u32;
    type Answer = u32;
    type Command = Order;
    type Event = News;

    fn handle(&mut self, _: Instant, input: Input<'_, u32, Order>) {
        if let (Input::Received { .. }, false) = (input, self.busy) {
            self.busy = true;
            self.began.send(()).unwrap();
            self.go.recv_timeout(PATIENCE).unwrap();
        }
    }

    fn set_strained(&mut self, _: Instant, strained: bool) {
        self.strains.send(strained).unwrap();
    }

    fn poll(&mut self) -> Option<Output<u32, News>> {
        None
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        None
    }
}

#[test]
fn a_flood_strains_the_node_until_it_is_worked_off() {
    flood(|address| {
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        for n in 0..3000 {
            client.send_to(options(&n.to_string()).as_bytes(), address).unwrap();
        }
    });
}

/// In trains they need far less of the kernel's memory, and are as much work.
#[test]
fn a_flood_in_trains_strains_the_node_as_well() {
    flood(|address| {
        let mut client = trains::port("127.0.0.1:0");
        for n in 100..150 {
            trains::send(&mut client, address, &vec![options(&n.to_string()); 60]);
        }
    });
}

fn flood(send: impl Fn(SocketAddr)) {
    let listeners = vec![Listener::both("127.0.0.1:0".parse().unwrap())];
    let limits = Limits { udp_buffer_bytes: 1 << 20, ..Limits::default() };
    let driver = Driver::bind(DriverSettings { limits, ..DriverSettings::new("slow", listeners) }).unwrap();
    let address = driver.addresses()[0].address;
    let surroundings = Surroundings {
        clock: Clock::start(),
        seed: seed_from_system().unwrap(),
        resolver: None,
        journal: None,
        taps: Vec::new(),
        tls: None,
    };
    let ((go, wait), (began, begun), (strains, told)) = (channel(), channel(), channel());
    let parts = Mutex::new(Some((wait, began, strains)));
    let running = driver
        .start(surroundings, move |_| {
            let (go, began, strains) = parts.lock().unwrap().take().unwrap();
            Station::new(Slow { go, began, strains, busy: false }, Halves)
        })
        .unwrap();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.send_to(options("first").as_bytes(), address).unwrap();
    begun.recv_timeout(PATIENCE).unwrap();
    send(address);
    go.send(()).unwrap();
    assert!(told.recv_timeout(PATIENCE).unwrap(), "strained while thousands wait");
    assert!(!told.recv_timeout(PATIENCE).unwrap(), "and no longer when they are served");
    let counters: u64 = running.counters().iter().map(|c| c.strains.value()).sum();
    assert_eq!(counters, 1);
    running.stop().unwrap();
    assert!(told.try_recv().is_err());
}
