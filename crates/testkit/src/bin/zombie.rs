//! Plays the zombie once and prints the rules that the checker finds broken, one a line. A process of
//! its own, so that `TWIN=no-fence` plants its fault here and nowhere else.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let history = framewright_testkit::zombie::play(directory.path()).await?;
    for breach in framewright_testkit::checker::check(&history) {
        // The file that the zombie's task promises was never made: this play is not about files.
        if breach.rule != "files" {
            println!("{}", breach.rule);
        }
    }
    Ok(())
}
