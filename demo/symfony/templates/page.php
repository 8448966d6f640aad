<!doctype html>
<html lang="en" data-hub="<?= $e($hub) ?>" data-sdk="<?= $e($sdk) ?>" data-user="<?= $e($user) ?>">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Messages of <?= $e($user) ?></title>

<h1>Messages of <?= $e($user) ?></h1>
<p id="status" role="status">not connected</p>
<ul id="messages" aria-live="polite"></ul>
<ul id="notifications" aria-live="polite"></ul>

<form id="composer">
  <label>To <input name="to" required placeholder="ben, eve" value="<?= $e('ann' === $user ? 'ben' : 'ann') ?>"></label>
  <label>Text <input name="text" autocomplete="off"></label>
  <button>Send</button>
  <output id="answer"></output>
</form>

<script type="module" src="/app.js"></script>
</html>
