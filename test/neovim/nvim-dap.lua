-- A session of nvim-dap in a Neovim without a screen; says what it sees, line by line, for run.ts. NVIM_DAP is the plugin's folder.
local root = os.getenv('SDEI_ROOT')
vim.opt.runtimepath:append(os.getenv('NVIM_DAP'))
local dap = require('dap')
dofile(os.getenv('SDEI_CONFIGURATION'))
dap.set_log_level('TRACE')

local function say(...)
  io.stdout:write('SEEN ' .. table.concat({ ... }, ' ') .. '\n')
  io.stdout:flush()
end
local function fail(why)
  say('failed:', why)
  vim.cmd('cquit 1')
end

-- Each stop is answered by the next of these.
local steps = {
  function(session) session:request('stackTrace', { threadId = session.stopped_thread_id }, function(err, body)
    if err then return fail(vim.inspect(err)) end
    for _, frame in ipairs(body.stackFrames) do
      say('frame', frame.name, frame.source and (vim.fn.fnamemodify(frame.source.path or frame.source.name, ':t') .. ':' .. frame.line) or '-')
    end
    session:request('evaluate', { expression = 'log->handled', context = 'repl', frameId = body.stackFrames[1].id }, function(error, answer)
      if error then return fail(vim.inspect(error)) end
      say('evaluate', answer.result)
      dap.step_over()
    end)
  end) end,
  function(session)
    say('line', session.current_frame.name, session.current_frame.line)
    session:request('scopes', { frameId = session.current_frame.id }, function(err, body)
      if err then return fail(vim.inspect(err)) end
      session:request('variables', { variablesReference = body.scopes[1].variablesReference }, function(error, answer)
        if error then return fail(vim.inspect(error)) end
        for _, variable in ipairs(answer.variables) do say('local', variable.name, variable.value) end
        dap.step_out()
      end)
    end)
  end,
  function(session)
    say('line', session.current_frame.name, session.current_frame.line)
    dap.step_back()
  end,
  function(session)
    say('line', session.current_frame.name, session.current_frame.line)
    dap.reverse_continue()
  end,
  function(session)
    say('line', session.current_frame.name, session.current_frame.line)
    session:request('sdei/state', {}, function(err, body)
      if err then return fail(vim.inspect(err)) end
      say('handlers', #body.pes[1].running)
      dap.clear_breakpoints()
      dap.continue()
    end)
  end,
}
local count = 0
-- nvim-dap has asked for threads, stack, scopes and variables by then.
dap.listeners.after['scopes']['sdei-test'] = function() end
dap.listeners.after['event_stopped']['sdei-test'] = function(session, body)
  say('stopped', body.reason)
  count = count + 1
  local step = steps[count]
  if not step then return fail('a stop too many') end
  vim.wait(5000, function() return session.current_frame ~= nil and session.stopped_thread_id ~= nil end, 5)
  vim.defer_fn(function() step(session) end, 100)
end
dap.listeners.after['event_output']['sdei-test'] = function(_, body)
  if body.category == 'stdout' then say('guest', (body.output:gsub('\n', '|'))) end
end
dap.listeners.after['event_terminated']['sdei-test'] = function()
  say('terminated')
  vim.defer_fn(function() vim.cmd('qall!') end, 300)
end

vim.cmd('edit ' .. root .. '/test/guests/first-event.c')
vim.fn.search('log->handled++')
dap.set_breakpoint()
local configuration = vim.deepcopy(dap.configurations.c[1])
configuration.program = root .. '/test/guests/first-event.elf'
dap.run(configuration)
vim.defer_fn(function() fail('too slow') end, 60000)
