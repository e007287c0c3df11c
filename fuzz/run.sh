#!/bin/sh
# Each target for some seconds (60 by default) from the real files, and what it did: `./run.sh 60`, or `./run.sh 60 ocmf sml`.
set -eu
cd "$(dirname "$0")"
seconds=${1:-60}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- nem12 green_button csv ocmf dsmr sml json archive readings
data=../tests/data
for target; do
    mkdir -p "corpus/$target" artifacts
    case $target in
        green_button)
            # A day of the real month: whole files take too long to mutate.
            month=$data/green-button/sdge-hourly-2011-02.xml
            { sed '/<\/IntervalBlock>/q' "$month"; tail -n 20 "$month"; } > corpus/green_button/day.xml
            seeds=
            ;;
        dsmr)
            # Three telegrams.
            head -n 60 $data/dsmr/autumn.txt > corpus/dsmr/three.txt
            seeds=
            ;;
        archive | readings) seeds="$data/csv $data/dsmr $data/json $data/nem12 $data/ocmf $data/sml" ;;
        *) seeds=$data/$target ;;
    esac
    echo "== $target"
    # Word by word: the seeds are folders. An allocation of more than 256 MiB, or ten seconds for one input, is a finding.
    cargo +nightly fuzz run "$target" "corpus/$target" $seeds -- -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=1024 -malloc_limit_mb=256 -print_final_stats=1 > "artifacts/$target.log" 2>&1 \
        || { tail -n 60 "artifacts/$target.log"; exit 1; }
    grep -E '^stat::(number_of_executed|average_exec|peak_rss)|cov: .* ft: ' "artifacts/$target.log" | tail -n 4
done
