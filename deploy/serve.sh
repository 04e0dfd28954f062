#!/bin/sh
# `make serve`: the server and, beside it, the consumer of video jobs and, where there is a file of cameras, the watch,
# until the server ends. Its argument is the folder of the programs. Pictures are served without the other two; whoever
# reads the output sees that one has ended. The last line of a start says where the page is.
stopping=
server=
watch=
# Set before anything is started: a signal that comes while it starts must not leave a program behind.
trap 'stopping=1; [ $server ] && kill -TERM $server' HUP INT TERM
"$1/python" -m helmet_service work &
consumer=$!
if [ -e "${CAMERAS_FILE:-cameras.yaml}" ]; then
    "$1/python" -m helmet_service watch &
    watch=$!
fi
"$1/gunicorn" --config gunicorn.conf.py wsgi:app &
server=$!
"$1/python" "${0%/*}/page_address.py" $server &
telling=$!
[ $stopping ] && kill -TERM $server

# Whether a program that was started has ended by itself.
has_ended() {
    [ "$1" ] && [ ! $stopping ] && ! kill -0 "$1" 2>/dev/null
}

while kill -0 $server 2>/dev/null; do
    # It ends once it has told: later its number may be another program's.
    kill -0 "$telling" 2>/dev/null || telling=
    if has_ended "$consumer"; then
        wait $consumer
        echo "helmet-service: the consumer has ended with status $?, video jobs wait" >&2
        consumer=
    fi
    if has_ended "$watch"; then
        wait $watch
        echo "helmet-service: the watch has ended with status $?, nobody watches the cameras" >&2
        watch=
    fi
    sleep 1
done
for other in $telling $consumer $watch; do
    kill -TERM "$other" 2>/dev/null
done
for other in $consumer $watch; do
    wait "$other"
done
wait $server
