import { createHash } from 'node:crypto'

/** The comment that Flume's protocols carry as their documentation: part of the text, and so of its hash. */
export const licence = [
  '* Licensed to the Apache Software Foundation (ASF) under one',
  ' * or more contributor license agreements.  See the NOTICE file',
  ' * distributed with this work for additional information',
  ' * regarding copyright ownership.  The ASF licenses this file',
  ' * to you under the Apache License, Version 2.0 (the',
  ' * "License"); you may not use this file except in compliance',
  ' * with the License.  You may obtain a copy of the License at',
  ' *',
  ' * http://www.apache.org/licenses/LICENSE-2.0',
  ' *',
  ' * Unless required by applicable law or agreed to in writing,',
  ' * software distributed under the License is distributed on an',
  ' * "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY',
  ' * KIND, either express or implied.  See the License for the',
  ' * specific language governing permissions and limitations',
  ' * under the License.',
].join('\n')

const types = [
  { type: 'enum', name: 'Status', symbols: ['OK', 'FAILED', 'UNKNOWN'] },
  {
    type: 'record',
    name: 'AvroFlumeEvent',
    fields: [
      { name: 'headers', type: { type: 'map', values: 'string' } },
      { name: 'body', type: 'bytes' },
    ],
  },
]

const messages = {
  append: { request: [{ name: 'event', type: 'AvroFlumeEvent' }], response: 'Status' },
  appendBatch: {
    request: [{ name: 'events', type: { type: 'array', items: 'AvroFlumeEvent' } }],
    response: 'Status',
  },
}

/** Flume's protocol as its own clients and servers write it, to the letter: a peer knows it by the MD5 of this text. */
export const sourceProtocol: string = JSON.stringify({
  protocol: 'AvroSourceProtocol',
  namespace: 'org.apache.flume.source.avro',
  doc: licence,
  types,
  messages,
})

/** 16 bytes. */
export const sourceProtocolHash: Buffer = createHash('md5').update(sourceProtocol).digest()
