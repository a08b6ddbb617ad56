#!/usr/bin/env python3
"""Lists the events that are left in the directories of a stopped file channel, as JSON lines.

    read_log.py DIRECTORY... [--cursor NAME]

DIRECTORY is a data or a checkpoint directory. Written from docs/guide/file-channel-format.md alone, with nothing but
the standard library: packed payloads need Python 3.14 (zstd), enciphered ones and LZ4 are not read.
"""
import base64, json, os, re, struct, sys, zlib

HEAD = 4096


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError('the bytes end too soon')
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, kind):
        return struct.unpack('<' + kind, self.take(struct.calcsize('<' + kind)))[0]

    def text(self):
        return self.take(self.number('I')).decode('utf-8')

    def align(self):
        self.take(-self.at % 8)

    def ranges(self):
        return [(self.number('Q'), self.number('Q')) for _ in range(self.number('I'))]

    def sets(self):
        return [(self.text(), self.ranges()) for _ in range(self.number('I'))]


class Segment:
    def __init__(self, data, name_number):
        self.data = data
        whole = len(data) >= HEAD and data[:8] == b'FLUMLOG\n'
        self.good = whole and zlib.crc32(data[:HEAD - 4]) == struct.unpack_from('<I', data, HEAD - 4)[0]
        if self.good and struct.unpack_from('<H', data, 8)[0] > 1:
            raise SystemExit('a newer version of the format')
        self.number = struct.unpack_from('<Q', data, 16)[0] if self.good else name_number
        self.channel = data[24:40] if self.good else None
        self.base = struct.unpack_from('<Q', data, 40)[0] if self.good else None

    def record(self, at, salt):
        """The head at an offset and where it ends, if it verifies; the payload, if that does too."""
        if at + 48 > len(self.data) or self.data[at:at + 4] != b'FRec':
            return None
        start = (salt ^ at) & 0xffffffff
        head = struct.unpack_from('<IIIBBBBIIIIQQ', self.data, at)
        if zlib.crc32(self.data[at + 8:at + 48], start) != head[1]:
            return None
        payload = self.data[at + 48:at + 48 + head[7]]
        good = len(payload) == head[7] and zlib.crc32(payload, start) == head[2]
        return head, at + 48 + (head[7] + 7) // 8 * 8, payload if good else None

    def records(self, channel):
        salt = zlib.crc32(channel + struct.pack('<Q', self.number))
        at = HEAD
        while at < len(self.data):
            found = self.record(at, salt)
            if found and found[2] is not None:
                yield found[0], found[2]
            at = found[1] if found and found[1] <= len(self.data) else at + 8


def unpack(head, payload):
    if head[5]:
        raise SystemExit('an enciphered put: this reader has no keys')
    if head[4] == 1:
        from compression import zstd  # Python 3.14
        return zstd.decompress(payload)
    if head[4]:
        raise SystemExit('a put that is packed with LZ4: this reader does not read it')
    return payload


def events(payload):
    reader = Reader(payload)
    parts, has_origin = reader.number('I'), reader.number('I')
    if has_origin:
        reader.text(), reader.align(), reader.take(16), reader.align()
    for _ in range(parts):
        reader.number('d')
        rows, slab_bytes, headers_bytes, _zero = (reader.number('I') for _ in range(4))
        begins = [reader.number('I') for _ in range(rows)]
        ends = [reader.number('I') for _ in range(rows)]
        reader.align()
        headers = headers_of(Reader(reader.take(headers_bytes)), rows)
        reader.align()
        slab = reader.take(slab_bytes)
        reader.align()
        for row in range(rows):
            yield headers[row], slab[begins[row]:ends[row]]


def headers_of(reader, rows):
    headers = [{} for _ in range(rows)]
    for _ in range(reader.number('I')):
        name, kind = reader.text(), reader.number('B')
        value = reader.text() if kind == 0 else None
        for row in range(rows):
            if kind == 0:
                headers[row][name] = value
            elif reader.number('B'):
                headers[row][name] = reader.text()
    if reader.number('B'):
        for row in range(rows):
            for _ in range(reader.number('I')):
                name = reader.text()
                headers[row][name] = reader.text()
    return headers


def main(directories, cursor):
    segments, done, checkpoints = [], [], []
    for directory in directories:
        for name in sorted(os.listdir(directory)):
            segment_name = re.fullmatch(r'events-([0-9]{10,16})\.log(?:\.again)?', name)
            if not segment_name and name not in ('checkpoint-a', 'checkpoint-b'):
                continue
            with open(os.path.join(directory, name), 'rb') as file:
                data = file.read()
            if not segment_name:
                checkpoints.append(data)
            elif data[:8] == b'FLUMGONE' and zlib.crc32(data[:32]) == struct.unpack_from('<I', data, 32)[0]:
                done.append(struct.unpack_from('<QQ', data, 16))
            else:
                segments.append(Segment(data, int(segment_name[1])))
    channels = [segment.channel for segment in segments if segment.good]
    if not channels:
        return
    channel = max(set(channels), key=channels.count)
    segments = sorted((each for each in segments if each.channel in (None, channel)), key=lambda each: each.number)
    for data in checkpoints:
        if data[:8] == b'FLUMCKP\n' and data[16:32] == channel and zlib.crc32(data[:-4]) == struct.unpack('<I', data[-4:])[0]:
            reader = Reader(data[65 + 16:])
            done += [each for name, ranges in reader.sets() if name == cursor for each in ranges]
    left = {}
    limit = float('inf')
    for segment in reversed(segments):
        for head, payload in segment.records(channel):
            kind, position = head[3], head[12]
            if kind == 1 and position < limit:
                for row, event in enumerate(events(unpack(head, payload))):
                    left[position + row] = event
            elif kind in (2, 3):
                reader = Reader(payload if kind == 2 else payload[16:])
                done += [each for name, ranges in reader.sets() if name == cursor for each in ranges]
        if segment.base is not None:
            limit = min(limit, segment.base)
    for position in sorted(left):
        if not any(first <= position < end for first, end in done):
            headers, body = left[position]
            line = {'position': position, 'headers': dict(sorted(headers.items())), 'body_b64': base64.b64encode(body).decode()}
            print(json.dumps(line, ensure_ascii=False, separators=(',', ':')))


if __name__ == '__main__':
    arguments = sys.argv[1:]
    wanted = 'channel'
    if '--cursor' in arguments:
        index = arguments.index('--cursor')
        wanted = arguments[index + 1]
        del arguments[index:index + 2]
    main(arguments, wanted)
