#!/bin/sh
# `make serve`: the server and, beside it, the consumer of video jobs, until the server ends. Its argument is the folder
# of both programs. Pictures are served without a consumer too; whoever reads the output sees that it has ended.
# The last line of a start says where the page is.
stopping=
server=
# Set before anything is started: a signal that comes while it starts must not leave a program behind.
trap 'stopping=1; [ $server ] && kill -TERM $server' HUP INT TERM
"$1/python" -m helmet_service work &
consumer=$!
"$1/gunicorn" --config gunicorn.conf.py wsgi:app &
server=$!
"$1/python" "${0%/*}/page_address.py" $server &
telling=$!
[ $stopping ] && kill -TERM $server
while kill -0 $server 2>/dev/null; do
    if [ $consumer ] && [ ! $stopping ] && ! kill -0 $consumer 2>/dev/null; then
        wait $consumer
        echo "helmet-service: the consumer has ended with status $?, video jobs wait" >&2
        consumer=
    fi
    sleep 1
done
kill -TERM $telling 2>/dev/null
[ $consumer ] && kill -TERM $consumer 2>/dev/null && wait $consumer
wait $server
