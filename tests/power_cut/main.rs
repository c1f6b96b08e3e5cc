//! The power of the disk is cut in the middle of the work: nothing that was acknowledged is lost. `kill -9` alone proves
//! nothing about that, because the page cache survives it.
//!
//! As root: `cargo test -p tests --test power_cut`; `POWER_CUT_ROUNDS=20` for more than ten rounds.

#[cfg(test)]
mod disk;
#[cfg(test)]
#[path = "../it/harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the other tests, which need more of it")]
mod harness;
#[cfg(test)]
#[path = "../it/invariants.rs"]
mod invariants;

#[cfg(test)]
mod rounds {
    use std::path::Path;
    use std::sync::Arc;

    use rustix::process::{Pid, Signal, kill_process};
    use scratch::Cluster;
    use tokio::sync::Semaphore;
    use tokio::task::{JoinSet, block_in_place};

    use crate::disk::Disk;
    use crate::harness::{Client, Clinic, Row, Server, in_time, rows, rows_of_database};
    use crate::invariants::{
        commands_are_there_exactly_once, no_ticket_agent_or_counter_is_taken_twice,
        numbers_are_given_once_without_gaps, positions_have_no_holes,
    };

    const CLIENTS: usize = 16;

    fn rounds() -> u32 {
        std::env::var("POWER_CUT_ROUNDS").map_or(10, |text| text.parse().unwrap())
    }

    /// Works until nobody answers any more; the power is cut in the middle of it. Whoever writes is frozen before the disk
    /// is, because with the power the processor goes too: a flush that is under way in the kernel may return as if it had
    /// succeeded after the file system was shut down (jbd2_complete_transaction does not ask whether the journal was
    /// aborted), and an answer given then would prove nothing.
    async fn work_until_cut(
        clients: Vec<Client>,
        clinic: &Arc<Clinic>,
        round: u32,
        cut: impl AsyncFnOnce(),
    ) -> Vec<Client> {
        let answered = Arc::new(Semaphore::new(0));
        let mut working = JoinSet::new();
        for client in clients {
            working.spawn(client.work(clinic.clone(), answered.clone()));
        }
        // From 100 to 299 answers, so that cuts fall into different moments.
        answered.acquire_many(100 + round * 73 % 200).await.unwrap().forget();
        cut().await;
        working.join_all().await
    }

    /// Every process of the database: each backend leads a process group of its own.
    fn database_processes(data: &Path) -> Vec<Pid> {
        let file = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
        let postmaster = file.lines().next().unwrap().to_owned();
        let is_child = |pid: &String| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            status
                .lines()
                .any(|line| line.strip_prefix("PPid:").is_some_and(|p| p.trim() == postmaster))
        };
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let names = all.filter_map(|entry| entry.file_name().into_string().ok());
        let children: Vec<String> = names.filter(is_child).collect();
        // The postmaster first, so that it starts no more of them.
        let pids = std::iter::once(postmaster).chain(children);
        pids.map(|pid| Pid::from_raw(pid.parse().unwrap()).unwrap()).collect()
    }

    /// Whether a process has let go of its files.
    fn is_gone(pid: Pid) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero()));
        status.map_or(true, |status| status.lines().any(|line| line.starts_with("State:\tZ")))
    }

    async fn go_on(clients: &mut [Client], clinic: &Clinic) {
        for client in clients {
            client.repeat(clinic).await;
            client.must_be_answered_the_same().await;
        }
    }

    fn must_be_whole(rows: &[Row], clients: &[Client]) {
        positions_have_no_holes(rows);
        commands_are_there_exactly_once(rows, clients);
        numbers_are_given_once_without_gaps(rows);
        no_ticket_agent_or_counter_is_taken_twice(rows);
        let answered: usize = clients.iter().map(|client| client.carried_out.len()).sum();
        eprintln!("{} rounds, {answered} commands acknowledged, {} events", rounds(), rows.len());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn power_cuts_lose_nothing_that_was_acknowledged_in_a_file() {
        let disk = Disk::new();
        let file = disk.path().join("log").join("smartqueue.db");
        let mut server =
            Server::with(&[&format!("--database-url=sqlite:{}", file.display())]).await;
        let clinic = Arc::new(Clinic::open(&server, CLIENTS).await);
        let mut clients: Vec<Client> = (0..CLIENTS).map(|n| Client::new(n, &[&server])).collect();
        for round in 0..rounds() {
            clients = work_until_cut(clients, &clinic, round, async || {
                kill_process(server.pid(), Signal::STOP).unwrap();
                block_in_place(|| disk.cut());
                server.kill().await;
            })
            .await;
            block_in_place(|| disk.recover());
            server.start_again().await;
            go_on(&mut clients, &clinic).await;
        }
        server.stop().await;
        must_be_whole(&rows(&file, clinic.slug), &clients);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn power_cuts_lose_nothing_that_was_acknowledged_in_postgresql() {
        let disk = Disk::new();
        let data = disk.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let mut cluster = block_in_place(|| Cluster::start_in(&data)).unwrap();
        let mut server = Server::with(&[&format!("--database-url={}", cluster.url())]).await;
        let clinic = Arc::new(Clinic::open(&server, CLIENTS).await);
        let mut clients: Vec<Client> = (0..CLIENTS).map(|n| Client::new(n, &[&server])).collect();
        for round in 0..rounds() {
            clients = work_until_cut(clients, &clinic, round, async || {
                let processes = database_processes(&data);
                for pid in &processes {
                    // A backend may have ended just now.
                    let _ = kill_process(*pid, Signal::STOP);
                }
                block_in_place(|| disk.cut());
                for pid in &processes {
                    let _ = kill_process(*pid, Signal::KILL);
                }
                in_time("the database to be gone", async {
                    while !processes.iter().all(|pid| is_gone(*pid)) {
                        tokio::task::yield_now().await;
                    }
                })
                .await;
            })
            .await;
            block_in_place(|| disk.recover());
            block_in_place(|| cluster.start_again()).unwrap();
            let mut http = server.http();
            in_time("the server to find the database again", async {
                while http.get("/readyz").await.status != 200 {}
            })
            .await;
            go_on(&mut clients, &clinic).await;
        }
        server.stop().await;
        must_be_whole(&rows_of_database(cluster.url(), clinic.slug), &clients);
    }
}
