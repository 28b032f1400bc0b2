<!DOCTYPE html>
<html lang="en-US"><body><h1>Where?</h1><p>Here.</p></body></html>